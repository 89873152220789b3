"""What no page and no device sends: it is refused before anything reads it, in the one form, and changes nothing."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from tests.flows.database import everything
from tests.security.world import World

pytestmark = pytest.mark.django_db

WORDS = "发来的内容无法读取"
NUL = "王\x00芳"
HOOK = "/api/v1/cti/development-only-exchange/"
FORM = "application/x-www-form-urlencoded"


def test_a_nul_in_any_form_is_refused(world: World) -> None:
    operator, elder = world.browser("operator"), world.cast.elder.pk
    bodies: list[tuple[str, dict[str, Any]]] = [
        ("/console/", {"q": NUL}),
        ("/console/calls/by-hand/", {"number": NUL}),
        (f"/console/call-backs/{world.call_back.pk}/done/", {"outcome": NUL}),
        (f"/console/calls/{world.call.pk}/wrap-up/", {"code": "asked", "note": NUL}),
        ("/console/elders/new/", {"name": NUL}),
        ("/console/elders/new/duplicates/", {"name": "王芳", NUL: ""}),
        (f"/console/elders/{elder}/draft/", {"note": NUL}),
        ("/urgent/call/", {"elder": elder, "note": NUL}),
        ("/login/", {"username": NUL, "password": "x"}),
    ]
    before = everything()

    for address, body in bodies:
        for headers in ({}, {"HX-Request": "true"}):
            answer = operator.post(address, body, headers=headers)
            assert (answer.status_code, WORDS in answer.content.decode()) == (400, True), address
    assert everything() == before


@pytest.mark.parametrize("address", ["/console/?elder=%00", "/console/?%00=1", "/console/%00/", "/admin/?q=a%00"])
def test_a_nul_in_an_address_is_refused(address: str, world: World) -> None:
    answer = world.browser("operator").get(address)

    assert (answer.status_code, WORDS in answer.content.decode()) == (400, True)


@pytest.mark.parametrize("cookie", ["\0" * 32, "a" * 31 + "\0"], ids=["only", "last"])
def test_a_nul_in_the_cookie_of_a_session_is_no_session(cookie: str, world: World) -> None:
    browser = Client()
    browser.cookies[settings.SESSION_COOKIE_NAME] = cookie  # goes out in quotes, as the text \\000

    page = browser.get("/console/")
    assert (page.status_code, page["Location"]) == (302, "/login/?next=/console/")
    assert page.cookies[settings.SESSION_COOKIE_NAME].value == ""  # and the browser forgets it

    browser.cookies[settings.SESSION_COOKIE_NAME] = cookie
    assert browser.get("/api/v1/offers/").status_code == 401
    assert browser.get("/login/").status_code == 200


def envelope(answer: Any) -> Any:
    assert answer["Content-Type"] == "application/json"
    [error] = answer.json()["errors"]
    assert WORDS in error["detail"]
    return answer.status_code, answer.json()["type"], error["code"], error["attr"]


REFUSED = (400, "client_error", "unreadable", None)


def test_the_api_says_so_in_its_envelope(world: World) -> None:
    carer, before = world.api("worker"), everything()

    assert envelope(carer.get("/api/v1/offers/?status=%00")) == REFUSED
    assert envelope(carer.get("/api/v1/offers/%00/")) == REFUSED
    assert envelope(carer.post(HOOK, "event=newCall&callId=c%00", content_type=FORM)) == REFUSED
    assert envelope(carer.post(HOOK, {"event": "newCall", "callId": NUL}, format="multipart")) == REFUSED
    assert everything() == before


def test_a_script_is_answered_in_the_envelope_too(world: World) -> None:
    answer = world.browser("operator").get("/console/?q=%00", headers={"Accept": "application/json"})

    assert envelope(answer) == REFUSED


TOO_MUCH = [
    ("&".join(f"user={number}" for number in range(1_001)), FORM),
    ("x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1), FORM),
    ("x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1), "application/json"),
    ("x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1), "text/plain"),
    ("x", "multipart/form-data"),
    ("event=newCall", f"{FORM}; charset=gb2312"),
]


@pytest.mark.parametrize(("body", "content_type"), TOO_MUCH, ids=[f"{len(body)} {how}" for body, how in TOO_MUCH])
def test_a_body_that_is_too_long_or_garbled_is_refused(body: str, content_type: str, world: World) -> None:
    before = everything()

    assert envelope(world.api("anonymous").post(HOOK, body, content_type=content_type)) == REFUSED
    page = Client(raise_request_exception=False).post("/login/", body, content_type=content_type)
    if "json" not in content_type and "plain" not in content_type:
        assert (page.status_code, WORDS in page.content.decode()) == (400, True)
    assert everything() == before


def test_the_most_fields_and_bytes_are_read(world: World) -> None:
    fields = "event=newCall&callId=c1&" + "&".join(f"more={number}" for number in range(998))
    longest = '{"event": "newCall", "callId": "c2"}'.ljust(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)

    for body, content_type in ((fields, FORM), (longest, "application/json")):
        assert world.api("anonymous").post(HOOK, body, content_type=content_type).status_code == 200
