"""The admin pages of the order side: everybody's pages open, statuses move by buttons only, notes stay hidden."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from orders import models
from orders.models import Elder, Obligation, Order, Visit
from orders.requests import Recurrence
from orders.services.call_hooks import Hook, receive_hook
from orders.services.obligations import fix_list
from orders.services.visits import move_visit
from people.models import RevealLog
from tests.cast import Cast
from tests.orders import make

pytestmark = pytest.mark.django_db

REGISTERED = [model for model in admin.site._registry if model._meta.app_label == "orders"]
NOTE = "青霉素过敏"


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url(model: type[Any], page: str, *args: Any) -> str:
    return reverse(f"admin:orders_{model._meta.model_name}_{page}", args=args)


@pytest.fixture
def county() -> Order:
    """One of everything, so that every page has something to show."""
    elder = make.elder(health_note=NOTE)
    elder.categories.create(code="LIVING_ALONE", valid_from=date(2026, 1, 1))
    elder.alerts.create(kind="DOG", note="咬人")
    elder.contacts.create(person=make.person("李芳"), relation="女儿")
    elder.assessments.create(
        assessed_on=date(2026, 1, 1), valid_until=date(2026, 12, 31), version="1", total=50, grade=2
    )
    make.entitlement(elder)
    order = make.order(
        elder,
        make.request(
            make.item(), recurrence=Recurrence("FREQ=DAILY;COUNT=2", on_holiday=models.OrderSeries.OnHoliday.SKIP)
        ),
    )
    fix_list(month=date(2026, 9, 1), actor=None, now=make.NOW)
    first, second = make.visits(order)
    models.VisitWindow.objects.create(visit=first, start=make.at("09:00"), end=make.at("10:00"))
    models.VisitLink.objects.create(first=first, second=second, kind="INDEPENDENT", max_gap=60)
    models.Holiday.objects.create(day=date(2026, 10, 9))
    models.GradeBand.objects.create(
        standard="GB/T 42195-2022", version="1", effective_from=date(2026, 1, 1), grade=2, low=46, high=65
    )
    for event in ("newCall", "hangup"):
        receive_hook(hook=Hook(event, "1", caller="13800138000"), now=make.NOW)
    models.Extension.objects.create(user=User.objects.create(username="desk"), number="8001")
    models.Complaint.objects.create(
        key=UUID(int=1),
        elder=elder,
        complained_by=elder.person,
        visit=first,
        text="迟到",
        received_at=make.NOW,
        deadline=make.TODAY,
    )
    return order


def test_every_noun_has_a_page() -> None:
    inside = {
        "CallBackEvent", "CallChange", "CallEvent", "ComplaintEvent", "Contact", "DialRequest", "ElderAlert",
        "ElderCategory", "ElderEvent", "EntitlementUseEvent", "ObligationEvent", "OrderEvent", "VisitEvent", "VisitWindow",
    }  # fmt: skip

    assert {model.__name__ for model in REGISTERED} == set(models.__all__) - inside - {
        "Priority", "ServiceKind", "WindowRule",
    }  # fmt: skip


@pytest.mark.usefixtures("county")
@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model.__name__)
def test_the_desk_opens_lists_and_rows_and_nobody_else_does(cast: Cast, model: type[Any]) -> None:
    row = model._default_manager.first()
    assert row is not None

    for user in (cast.operator, cast.administrator, cast.auditor):
        client = signed_in(user)
        pages = [client.get(url(model, "changelist")), client.get(url(model, "change", row.pk))]
        assert [page.status_code for page in pages] == [200, 200]
        shown = "".join(page.content.decode() for page in pages)
        assert [secret for secret in (NOTE, "咬人", "13800138000") if secret in shown] == []
    assert signed_in(cast.stranger).get(url(model, "changelist")).status_code in (302, 403)


@pytest.mark.usefixtures("county")
@pytest.mark.parametrize("model", [Order, Visit, Obligation])
def test_a_status_cannot_be_edited(cast: Cast, model: type[Any]) -> None:
    row = model._default_manager.order_by("pk").first()

    page = signed_in(cast.administrator).post(url(model, "change", row.pk), {"status": "verified"})

    assert page.status_code == 403
    assert model._default_manager.get(pk=row.pk).status == row.status


class TestButtons:
    def press(self, who: Any, verb: str, row: Any, **data: Any) -> int:
        return signed_in(who).post(url(type(row), verb, row.pk), data).status_code

    def test_cancel_asks_why_and_calls_the_service(self, cast: Cast, county: Order) -> None:
        assert self.press(cast.operator, "cancel", county) == 200
        assert Order.objects.get().status == "confirmed"

        assert self.press(cast.operator, "cancel", county, reason="moved away") == 302

        county.refresh_from_db()
        assert (county.status, county.end_reason) == ("cancelled", "moved away")
        last = county.events.last()
        assert last is not None
        assert last.actor == cast.operator

    def test_a_booked_order_is_not_cancelled_here(self, cast: Cast, county: Order) -> None:
        move_visit(visit=make.visits(county)[0], to="planned", actor=None, now=make.NOW)

        self.press(cast.operator, "cancel", county, reason="moved away")

        assert set(Visit.objects.values_list("status", flat=True)) == {"planned", "open"}
        assert Order.objects.get().status == "confirmed"

    def test_hold_resume_and_close(self, cast: Cast, county: Order) -> None:
        self.press(cast.operator, "hold", county, reason="hospital")
        assert Order.objects.get().status == "on_hold"
        self.press(cast.operator, "resume", county)
        assert Order.objects.get().status == "confirmed"
        self.press(cast.operator, "close", county)  # refused with a message: visits are ahead
        assert Order.objects.get().status == "confirmed"

    def test_an_auditor_changes_nothing(self, cast: Cast, county: Order) -> None:
        for verb in ("cancel", "hold", "resume", "close"):
            assert self.press(cast.auditor, verb, county, reason="x") in (302, 403)
        assert self.press(cast.auditor, "excuse", Obligation.objects.get(), reason="x", excuse="DIED") in (302, 403)

        assert Order.objects.get().status == "confirmed"
        assert Obligation.objects.get().status == "open"

    @pytest.mark.usefixtures("county")
    def test_excuse(self, cast: Cast) -> None:
        self.press(cast.dispatcher, "excuse", Obligation.objects.get(), reason="ward 3", excuse="HOSPITAL")

        assert Obligation.objects.get().excuse == "HOSPITAL"


@pytest.mark.usefixtures("county")
def test_a_health_note_is_shown_for_a_reason_that_is_kept(cast: Cast) -> None:
    elder = Elder.objects.get(number="E1")
    client = signed_in(cast.operator)

    page = client.post(url(Elder, "reveal", elder.pk), {"field": "health_note", "reason": "asks about medicine"})

    assert NOTE in page.content.decode()
    assert RevealLog.objects.values_list("field", "reason", "actor").get() == (
        "health_note",
        "asks about medicine",
        cast.operator.pk,
    )


def test_a_service_is_marked_popular_by_who_may(cast: Cast) -> None:
    item = make.item()
    values = {
        "code": "CLEAN", "kind": "CLEAN", "name": "助洁", "delivery": "AT_HOME", "duration_minutes": 60,
        "carers_needed": 1, "skill": "CLEAN", "gender_rule": "ANY", "price_fen": 6000, "credit_rate": "1",
        "tolerance_minutes": 15, "effective_from": "2026-01-01", "is_popular": "on",
    }  # fmt: skip

    def mark(user: Any) -> tuple[int, bool]:
        page = signed_in(user).post(url(models.ServiceItem, "change", item.pk), values)
        item.refresh_from_db()
        return page.status_code, item.is_popular

    assert mark(cast.dispatcher) == (403, False)
    assert mark(cast.administrator) == (302, True)
    page = signed_in(cast.auditor).get(url(models.ServiceItem, "change", item.pk)).content.decode()
    assert "热门项目" in page
    assert "公平分配" in page


def test_overlapping_versions_are_told_beside_the_field(cast: Cast) -> None:
    old = make.item(effective_to=date(2026, 12, 31))
    values = {
        "code": "CLEAN", "kind": "CLEAN", "name": "助洁", "delivery": "AT_HOME", "duration_minutes": 60,
        "carers_needed": 1, "skill": "CLEAN", "gender_rule": "ANY", "price_fen": 7000, "credit_rate": "1",
        "tolerance_minutes": 15, "effective_from": "2026-09-01",
    }  # fmt: skip

    page = signed_in(cast.administrator).post(url(type(old), "add"), values)

    assert page.status_code == 200
    assert list(page.context["adminform"].form.errors) == ["effective_from"]
    assert type(old).objects.get() == old


@pytest.mark.usefixtures("county")
def test_a_record_changed_here_is_told_in_the_elders_history(cast: Cast) -> None:
    """An operator whose own correction comes too late then reads who was first."""
    client = Client()
    client.force_login(cast.administrator, backend="django.contrib.auth.backends.ModelBackend")
    elder = cast.elder
    form = client.get(f"/admin/orders/elder/{elder.pk}/change/").context["adminform"].form
    values = {name: "" if form[name].value() is None else form[name].value() for name in form.fields}
    prefixes = ("categories", "alerts", "contacts", "assessments", "entitlements", "events")
    management = {f"{prefix}-{part}_FORMS": 0 for prefix in prefixes for part in ("TOTAL", "INITIAL")}

    answer = client.post(f"/admin/orders/elder/{elder.pk}/change/", values | management | {"gender_wish": "F"})

    assert answer.status_code == 302
    assert list(elder.events.values_list("kind", "actor__username")) == [("facts", "administrator")]
