"""Every page × everybody: who may open it, and that nobody else changes anything with it.

A new page without a row here fails, and so does an admin list that answers somebody without a desk.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.contrib import admin
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from people.admin_base import MaskedAdmin
from people.roles import Role
from tests.flows.database import everything
from tests.orders.make import TODAY
from tests.security.world import World

pytestmark = pytest.mark.django_db

PARTS = ("operator", "dispatcher", "administrator", "auditor", "manager", "worker", "stranger", "rival manager")
NO_DESK = ("manager", "worker", "stranger", "rival carer", "rival manager")


@dataclass(frozen=True)
class Page:
    """A page by name: what it is called with, and the parts that may; the others get 403 or 404."""

    may: frozenset[str]
    method: str = "get"
    arguments: Callable[[World], dict[str, Any]] = field(default=lambda world: {})
    body: dict[str, Any] = field(default_factory=dict)


def only(*parts: str, **how: Any) -> Page:
    return Page(frozenset(parts), **how)


BOARD = ("dispatcher", "administrator", "auditor")
CONSOLE = ("operator", "administrator")
OFFICE = ("operator", "dispatcher", "administrator")
COUNTS = ("dispatcher", "administrator", "auditor", "manager", "rival manager")

PAGES: dict[str, Page] = {
    "home": only(*PARTS),
    "console-call-take": only(*CONSOLE, method="post", arguments=lambda world: {"pk": world.call.pk}),
    "console-call-hang-up": only(*CONSOLE, method="post", arguments=lambda world: {"pk": world.call.pk}),
    "console-call-wrap-up": only(*CONSOLE, arguments=lambda world: {"pk": world.call.pk}),
    "console-call-by-hand": only(*CONSOLE, method="post", body={"number": "13800138000"}),
    "console-call-dial": only(*CONSOLE, method="post", body={"number": "13800138000"}),
    "console-call-backs": only(*CONSOLE),
    "console-call-back-done": only(
        *CONSOLE,
        method="post",
        arguments=lambda world: {"pk": world.call_back.pk},
        body={"outcome": "已回电"},
    ),
    "console-complain": only(*CONSOLE, method="post", arguments=lambda world: {"pk": world.cast.elder.pk}),
    "console": only(*CONSOLE),
    "console-live": only(*CONSOLE),
    "console-search": only(*CONSOLE, method="post", body={"q": "张桂兰"}),
    "console-draft": only(*CONSOLE, method="post", arguments=lambda world: {"pk": world.cast.elder.pk}),
    "console-later": only(*CONSOLE, method="post", arguments=lambda world: {"pk": world.cast.elder.pk}),
    "console-lines": only(
        *CONSOLE, method="post", arguments=lambda world: {"pk": world.cast.elder.pk}, body={"do": "drop"}
    ),
    "console-repeat": only(*CONSOLE, method="post", arguments=lambda world: {"pk": world.cast.elder.pk}),
    "console-place": only(*CONSOLE, method="post", arguments=lambda world: {"pk": world.cast.elder.pk}),
    "console-cancel": only(
        *CONSOLE, method="post", arguments=lambda world: {"pk": world.promised.visit_id}, body={"reason": "住院"}
    ),
    "console-amend": only(
        *CONSOLE, method="post", arguments=lambda world: {"pk": world.promised.visit_id}, body={"reason": "住院"}
    ),
    "console-amend-slots": only(*CONSOLE, method="post", arguments=lambda world: {"pk": world.promised.visit_id}),
    "console-new-elder": only(*CONSOLE),
    "console-duplicates": only(*CONSOLE, method="post", body={"name": "张桂兰", "phone": "13800138000"}),
    "console-villages": only(*CONSOLE),
    "console-door-card": only(*CONSOLE, method="post", arguments=lambda world: {"pk": world.cast.elder.pk}),
    "console-elder-edit": only(*CONSOLE, arguments=lambda world: {"pk": world.cast.elder.pk}),
    "console-contact-add": only(
        *CONSOLE,
        method="post",
        arguments=lambda world: {"pk": world.cast.elder.pk},
        body={
            "contact_name": "张丽",
            "contact_gender": "F",
            "contact_relation": "女儿",
            "contact_authority": "MAY_ORDER",
        },
    ),
    "console-contact-change": only(
        *CONSOLE,
        method="post",
        arguments=lambda world: {"pk": world.contact.pk},
        body={
            "contact_relation": "女儿",
            "contact_authority": "MAY_ORDER",
            "seen_relation": "邻居",
            "seen_authority": "MAY_ASK",
        },
    ),
    "console-contact-remove": only(*CONSOLE, method="post", arguments=lambda world: {"pk": world.contact.pk}),
    "work-answer": only(
        "worker",
        "manager",
        *OFFICE,
        method="post",
        arguments=lambda world: {"pk": world.open_offer.pk, "answer": "accept"},
    ),
    "work-check": only(  # others enter a check in the records, not with the app
        "worker",
        method="post",
        arguments=lambda world: {"pk": world.begun.pk, "kind": "out"},
        body={"client_id": "0b5ff0e6-6c7c-4b52-9a0f-5b7b3f1c2d10"},
    ),
    "late": only(*OFFICE),
    "late-in-hand": only(
        *OFFICE, method="post", arguments=lambda world: {"pk": world.late_alarm.pk}, body={"word": "电话已通"}
    ),
    "review": only(*OFFICE, "auditor", arguments=lambda world: {"pk": world.doubt.pk}),
    "review-told": only(
        *OFFICE, method="post", body={"reason": "核实"}, arguments=lambda world: {"pk": world.doubt.pk}
    ),
    "telephone-pins": only(*OFFICE, "manager", "rival manager"),
    "telephone-pin": only(*OFFICE, "manager", method="post", arguments=lambda world: {"pk": world.cast.worker.pk}),
    "trail": only("dispatcher", "administrator", "auditor"),
    "urgent-page": only(*OFFICE, "auditor"),
    "urgent-call": only(
        *OFFICE,
        method="post",
        body={"elder": "1", "note": "摔倒"},
    ),
    "urgent-acknowledge": only(
        "dispatcher", "administrator", method="post", arguments=lambda world: {"pk": world.urgent.pk}
    ),
    "urgent-close": only(
        *OFFICE, method="post", arguments=lambda world: {"pk": world.urgent.pk}, body={"reason": "FALSE_ALARM"}
    ),
    "urgent-accept": only(*OFFICE, method="post", arguments=lambda world: {"pk": world.pool_offer.pk}),
    "board": only(*BOARD),
    "board-plan": only("dispatcher", "administrator", method="post", body={"day": TODAY.isoformat()}),
    "board-publish": only("dispatcher", "administrator", method="post", arguments=lambda world: {"pk": world.run.pk}),
    "board-discard": only("dispatcher", "administrator", method="post", arguments=lambda world: {"pk": world.run.pk}),
    "board-visit": only(*BOARD, arguments=lambda world: {"pk": world.open_offer.visit_id, "leg": 1}),
    "board-accept": only(
        "dispatcher",
        "administrator",
        method="post",
        arguments=lambda world: {"pk": world.open_offer.pk},
        body={"on_behalf_reason": "电话同意"},
    ),
    "board-day": only(*BOARD, arguments=lambda world: {"code": world.cast.gaogou.code, "day": TODAY}),
    "counts": only(*COUNTS),
    "counts-visits": only(*COUNTS),
    "counts-csv": only(*COUNTS),
    "counts-proof": only(*COUNTS),
    "counts-close": only("administrator", method="post", body={"month": "2026-08"}),
    "import": only("administrator"),
    "import-confirm": only("administrator", method="post"),
    "import-example": only("administrator"),
}
# Open to all, or an entrance of the framework.
PUBLIC = {"login", "logout", "set_language", "schema", "api-docs", "app", "app-worker", "app-manifest", None}


def patterns(inside: Any, prefix: str = "") -> Iterator[tuple[str, str | None]]:
    for each in inside:
        if isinstance(each, URLResolver):
            yield from patterns(each.url_patterns, prefix + str(each.pattern))
        elif isinstance(each, URLPattern):
            yield prefix + str(each.pattern), each.name


def ask(client: Any, name: str, world: World) -> Any:
    page = PAGES[name]
    return getattr(client, page.method)(reverse(name, kwargs=page.arguments(world)), page.body)


def test_every_page_has_a_row() -> None:
    """Pages of the interface are in the matrix of operations, the admin's are walked below."""
    names = {
        name for address, name in patterns(get_resolver().url_patterns) if not address.startswith(("admin/", "api/"))
    }

    assert names - PUBLIC == set(PAGES)


def test_without_a_login_every_page_leads_to_it(world: World) -> None:
    before = everything()

    for name in PAGES:
        answer = ask(world.browser("anonymous"), name, world)

        assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, reverse("login")), name
    assert everything() == before


@pytest.mark.one_database  # who may open a page
@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_for_its_roles_only(name: str, world: World) -> None:
    page = PAGES[name]
    for part in PARTS:
        client = world.browser(part)
        if part not in page.may:
            before = everything()
            answer = ask(client, name, world)
            assert answer.status_code in (403, 404), (part, answer.status_code)
            assert everything() == before, part
        elif page.method == "get":
            answer = ask(client, name, world)
            goes_on = name == "home" and part == "operator"  # to the console
            assert answer.status_code == (302 if goes_on else 200), (part, answer.status_code)


@pytest.mark.parametrize("part", ["operator", "auditor", "manager", "worker", "volunteer", "stranger", "rival manager"])
def test_a_verdict_is_the_reviewers_alone(part: str, world: World) -> None:
    client = world.browser(part)
    before = everything()

    answer = client.post(reverse("review", kwargs={"pk": world.doubt.pk}), {"verdict": "cleared", "reason": "已核实"})

    assert answer.status_code in (403, 404)
    assert everything() == before


def test_a_manager_of_another_organisation_reads_none_of_ours(world: World) -> None:
    client = world.browser("rival manager")
    for name in ("home", "counts", "counts-visits", "counts-csv", "counts-proof"):
        text = ask(client, name, world).content.decode()
        assert [ours for ours in ("张桂兰", "王芳", "李强", "安康") if ours in text] == [], name


# The records (admin) --------------------------------------------------------------------------------------------------


def record_pages() -> list[str]:
    """The addresses of every list, form and extra page of the records; objects by a key that need not exist."""
    found = set()
    for model, entry in admin.site._registry.items():
        for pattern in entry.urls:
            if pattern.name:
                for arguments in ({}, {"object_id": "1"}, {"pk": "1"}):
                    try:
                        found.add(reverse(f"admin:{pattern.name}", kwargs=arguments))
                    except NoReverseMatch:
                        continue
        assert reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist") in found
    return sorted(found | {reverse("admin:index")})


def test_the_records_ask_for_a_login(world: World) -> None:
    client = world.browser("anonymous")
    before = everything()

    for address in record_pages():
        for answer in (client.get(address), client.post(address, {})):
            assert answer.status_code == 302, address
            assert "/login/" in answer.headers["Location"], address
    assert everything() == before


@pytest.mark.one_database  # who may open a page
@pytest.mark.parametrize("part", NO_DESK)
def test_the_records_are_closed_to_who_has_no_desk(part: str, world: World) -> None:
    client = world.browser(part)
    before = everything()

    for address in record_pages():
        for answer in (client.get(address), client.post(address, {})):
            assert answer.status_code in (302, 403, 404), address
            if answer.status_code == 302:
                assert "/login/" in answer.headers["Location"], address
    assert everything() == before


# One for the whole county: the catalogue, the calendar, the rules.
COUNTY_WIDE = {"GradeBand", "Holiday", "PolicySetting", "ServiceItem"}


def test_every_record_that_belongs_to_a_town_is_listed_by_town() -> None:
    """A list without a selector is for the whole county's desks, or of something that belongs to no town."""
    unbounded = {
        model.__name__
        for model, entry in admin.site._registry.items()
        if isinstance(entry, MaskedAdmin) and entry.visible_to is None and Role.DISPATCHER in set(entry.viewers)
    }

    assert unbounded == COUNTY_WIDE


@pytest.mark.one_database  # who may change a record
def test_an_auditor_cannot_change_a_record(world: World) -> None:
    client = world.browser("auditor")
    before = everything()

    for address in record_pages():
        if address.endswith(("/add/", "/delete/")):
            assert client.get(address).status_code in (302, 403, 404), address
        client.post(address, {})
    assert everything() == before
