"""Numbers and addresses stay closed: on every page and list, for every role, in logs, and in a copy of the database."""

import io
import json
import logging
import re
from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.urls import NoReverseMatch, reverse
from stdnum.cn import ric
from structlog.stdlib import ProcessorFormatter

from people.models import Person, Phone, Place
from people.phones import national
from tests.people.test_at_rest import dump
from tests.security.operations import ROWS, call
from tests.security.test_pages import PAGES, ask
from tests.security.world import World

pytestmark = pytest.mark.django_db

ELDERS_ADDRESS = "三组12号"  # of her to whom worker and volunteer have promised to come
ASKED_ADDRESS = "七组9号"  # of her for whom the rival carer is only asked
HEALTH_NOTE = "高血压"
CARERS_WITH_A_PROMISE = {"worker", "volunteer"}

MOBILE = re.compile(r"(?<![\w.])1[3-9]\d{9}(?!\w)")
ID_NUMBER = re.compile(r"(?<!\w)\d{17}[\dXx](?!\w)")


@pytest.fixture
def asked(world: World) -> World:
    """The world in which the visit that the rival carer is asked about has an address too."""
    place = world.rival_offer.visit.place
    place.address = ASKED_ADDRESS
    place.save(update_fields=["address"])
    return world


def numbers() -> set[str]:
    """Every stored phone, as it is dialled, and every ID number."""
    phones = {national(phone.number) for phone in Phone.objects.all()}
    return (
        phones
        | {phone.number for phone in Phone.objects.all()}
        | set(filter(None, (person.id_number for person in Person.objects.all())))
    )


def leaks(text: str, known: set[str]) -> list[str]:
    """Known numbers, and whatever else looks like a whole mobile or ID number."""
    unknown = MOBILE.findall(text) + [found for found in ID_NUMBER.findall(text) if ric.is_valid(found)]
    return sorted({number for number in known if number in text} | set(unknown))


def record_addresses() -> Iterator[str]:
    """Every list of the records, and form, history and further pages of one object of each."""
    for model, entry in admin.site._registry.items():
        first = model._default_manager.first()
        for pattern in entry.urls:
            if not pattern.name or "reveal" in pattern.name:
                continue
            for arguments in ({}, {"object_id": first and first.pk}, {"pk": first and first.pk}):
                if None not in arguments.values():
                    try:
                        yield reverse(f"admin:{pattern.name}", kwargs=arguments)
                    except NoReverseMatch:
                        continue


def seen_by(part: str, world: World) -> Iterator[tuple[str, str]]:
    """(where, text) of every page, list, file and record that the part can ask for."""
    browser, phone = world.browser(part), world.api(part)
    for name, page in PAGES.items():
        if page.method == "get" and name != "import-example":  # an empty workbook
            yield name, ask(browser, name, world).content.decode()
    for operation in ROWS:
        if operation[0] == "get":
            body = call(phone, operation, world).content
            yield " ".join(operation), json.dumps(json.loads(body), ensure_ascii=False)
    for address in record_addresses():
        yield address, b"".join(browser.get(address)).decode(errors="replace")


PARTS = (
    "operator",
    "dispatcher",
    "administrator",
    "auditor",
    "manager",
    "worker",
    "volunteer",
    "rival carer",
    "stranger",
)


@pytest.mark.one_database  # what a page tells
@pytest.mark.parametrize("part", PARTS)
def test_nothing_that_can_be_opened_tells_a_number_or_a_strangers_address(part: str, asked: World) -> None:
    known = numbers()
    assert {"13800138000", "320826194108159989"} <= known
    closed = {ASKED_ADDRESS, HEALTH_NOTE} | (set() if part in CARERS_WITH_A_PROMISE else {ELDERS_ADDRESS})

    found = {
        where: told
        for where, text in seen_by(part, asked)
        if (told := leaks(text, known) + [secret for secret in closed if secret in text])
    }

    assert found == {}


def test_the_walk_sees_what_may_be_seen(asked: World) -> None:
    """Otherwise an empty walk would pass: who promised reads the address, the office reads masked numbers."""
    assert any(ELDERS_ADDRESS in text for _, text in seen_by("worker", asked))
    assert any("138****8000" in text for _, text in seen_by("operator", asked))
    phone = asked.api("rival carer")
    assert phone.post(f"/api/v1/offers/{asked.rival_offer.pk}/accept/").status_code == 200
    assert ASKED_ADDRESS in json.dumps(phone.get("/api/v1/me/day/").json(), ensure_ascii=False)


def test_logs_tell_no_number(asked: World) -> None:
    known = numbers()
    [formatter] = {each.formatter for each in logging.root.handlers if isinstance(each.formatter, ProcessorFormatter)}
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(formatter)
    level = logging.root.level
    logging.root.addHandler(handler)
    logging.root.setLevel(logging.INFO)
    try:
        office, phone = asked.browser("operator"), asked.api("worker")
        office.get("/?q=13800138000")
        office.get("/nowhere/320826194108159989/")
        office.post(reverse("console-cancel", kwargs={"pk": 0}), {"reason": "打给13800138000"})
        asked.api("anonymous").post(
            "/api/v1/devices/", {"username": "13800138000", "password": "320826194108159989", "name": "13800138000"}
        )
        phone.post(f"/api/v1/offers/{asked.open_offer.pk}/decline/", {"reason": "OTHER", "note": "打给13800138000"})
        try:
            raise ValueError("nobody at 13800138000")
        except ValueError:
            logging.getLogger("dispatch.test").exception("call %s", "13800138000", extra={"id": "320826194108159989"})
    finally:
        logging.root.removeHandler(handler)
        logging.root.setLevel(level)

    assert "138****8000" in written.getvalue()
    assert leaks(written.getvalue(), known) == []


def test_refusals_tell_no_number(asked: World) -> None:
    known = numbers()
    for part in ("worker", "rival carer", "stranger", "anonymous"):
        client = asked.api(part)
        for operation in ROWS:
            if operation[0] != "get":
                for body in ({}, {"reason": "x", "client_id": 7}):
                    assert leaks(call(client, operation, asked, body).content.decode(), known) == []


def test_a_copy_of_the_database_holds_none_of_it(asked: World) -> None:
    """After a day's use by everybody, records of visits included."""
    known = {number.removeprefix("+86") for number in numbers()}
    for part in ("operator", "worker"):
        for _where, _text in seen_by(part, asked):
            pass

    everything = dump()

    secrets = known | {ELDERS_ADDRESS, ASKED_ADDRESS, HEALTH_NOTE}
    assert [secret for secret in secrets if secret in everything] == []
    assert Place.objects.filter(pk=asked.rival_offer.visit.place_id).get().address == ASKED_ADDRESS
