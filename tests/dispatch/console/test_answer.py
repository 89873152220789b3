"""The answer while typing: who can come and when, what it costs, and the chosen slot kept through saving."""

from uuid import uuid4

import pytest
from django.http import QueryDict

from dispatch.console.models import OrderDraft
from dispatch.console.slot_choice import ChosenSlot
from dispatch.offers.models import Offer
from dispatch.planning.models import PlanRun
from dispatch.planning.services.promise import offer_slot
from dispatch.visits.models import CarerPreference, CarerWish
from orders.models import Order, Visit
from tests.dispatch.console.typing import TOMORROW, line, place, sheet
from tests.dispatch.factories import NOW, TODAY, at, make_elder, make_item
from tests.dispatch.planning import make as planning
from tests.orders.make import entitlement, town
from volunteers.models import Absence
from volunteers.timebank.models import Account
from volunteers.timebank.services import grant


def answer(client, elder, *lines, **head):
    return client.post(f"/console/elders/{elder.pk}/draft/", sheet(elder, *lines, **head)).context["answer"]


def today(item, **changes):
    return line(item, **({"day": TODAY.isoformat(), "start": "10:00", "end": "11:00"} | changes))


@pytest.fixture
def running_day(db: None) -> None:
    """The plan of today is published: what is chosen can be promised at once."""
    PlanRun.objects.create(town=town(), day=TODAY, status="published", requested_at=NOW)


def chosen(client, elder, item, **changes) -> str:
    """The key of the best slot for a line of today."""
    return answer(client, elder, today(item, **changes)).choices.found[0].key


class TestChosenSlot:
    def test_on_a_day_under_way_it_is_offered_at_once(self, operator, running_day) -> None:
        elder, clean, carer = planning.elder_at("E1"), make_item(), planning.carer("C1")

        place(operator, elder, today(clean, slot=chosen(operator, elder, clean)))

        offer = Offer.objects.get()
        assert (offer.carer, offer.planned_start, offer.status) == (carer, at("10:00"), "sent")
        assert (offer.visit.window_start, offer.visit.window_end) == (at("10:00"), at("11:00"))

    def test_a_carer_by_contract_has_accepted_when_it_is_read_back(self, operator, running_day) -> None:
        elder, clean = planning.elder_at("E1"), make_item()
        planning.carer("C1", auto_accept=True)

        placed = place(operator, elder, today(clean, slot=chosen(operator, elder, clean)))

        assert Visit.objects.get().status == "reserved"
        assert "护工C1 10:00 上门" in operator.get(placed["Location"]).context["read_back"][1]

    def test_without_a_slot_nobody_is_asked(self, operator, running_day) -> None:
        elder, clean = planning.elder_at("E1"), make_item()
        planning.carer("C1")

        place(operator, elder, today(clean))

        assert (Offer.objects.count(), Visit.objects.get().status) == (0, "open")

    def test_taken_meanwhile_the_order_is_not_entered_and_everything_typed_is_there(
        self, operator, running_day
    ) -> None:
        elder, other, clean = planning.elder_at("E1"), planning.elder_at("E2", 9.0), make_item()
        carer = planning.carer("C1")
        key = chosen(operator, elder, clean)
        offer_slot(
            visit=planning.visit(other, clean, "10:00", "10:30"),
            carers=[carer],
            start=at("10:00"),
            actor=None,
            now=NOW,
        )

        refused = place(operator, elder, today(clean, slot=key), note="门铃坏了")

        assert refused.status_code == 409
        assert "10:00 已被占用" in str(refused.context["sheet"].open.errors["slot"])
        assert 'value="门铃坏了"' in refused.content.decode()
        assert Order.objects.filter(elder=elder).count() == 0

    def test_on_a_day_without_a_plan_it_becomes_the_window(self, operator) -> None:
        elder, clean = planning.elder_at("E1"), make_item()
        planning.carer("C1")
        key = answer(operator, elder, line(clean)).choices.found[0].key

        place(operator, elder, line(clean, slot=key))

        visit = Visit.objects.get()
        assert (visit.window_start, visit.window_end) == (at("09:00", TOMORROW), at("09:30", TOMORROW))
        assert Offer.objects.count() == 0

    def test_the_choice_is_kept_and_the_answer_on_the_page_still_stands(self, operator, running_day) -> None:
        elder, clean = planning.elder_at("E1"), make_item()
        planning.carer("C1")
        form = uuid4()
        key = answer(operator, elder, today(clean), key=form).choices.found[0].key
        body = sheet(elder, today(clean, slot=key), key=form)

        chose = operator.post(f"/console/elders/{elder.pk}/draft/", body)
        assert QueryDict(OrderDraft.objects.get().typed)["line-0-slot"] == key
        reloaded = operator.post(f"/console/elders/{elder.pk}/draft/", body)
        noted = operator.post(f"/console/elders/{elder.pk}/draft/", body | {"note": "敲门"})
        refused = operator.post(f"/console/elders/{elder.pk}/draft/", body | {"note": "敲门", "line-0-slot": ""})

        assert [each.status_code for each in (chose, reloaded, noted, refused)] == [204, 200, 200, 200]
        assert reloaded.context["answer"].choices.chosen == key

    def test_outside_the_wanted_time_the_nearest_is_told_and_may_be_chosen(self, operator, running_day) -> None:
        elder, clean = planning.elder_at("E1"), make_item()
        planning.carer("C1", shifts=((780, 1080),))  # from 13:00

        found = answer(operator, elder, today(clean))
        [nearest] = found.choices.found
        page = operator.post(f"/console/elders/{elder.pk}/draft/", sheet(elder, today(clean))).content.decode()
        place(operator, elder, today(clean, slot=nearest.key))

        assert (found.slots.slots, nearest.is_nearest) == ((), True)
        assert page.index("这个时间没有人能上门：") < page.index(nearest.key)
        visit = Visit.objects.get()
        assert Offer.objects.get().planned_start == visit.window_start == nearest.slot.start >= at("13:00")

    @pytest.mark.parametrize("plan", ["running", "none"])
    @pytest.mark.parametrize(
        "retyped",
        [
            {"start": "12:00", "end": "13:00"},
            {"start": "10:00", "end": "11:30"},
            {"day": TOMORROW.isoformat()},
        ],
        ids=str,
    )
    def test_a_slot_found_for_another_time_is_never_booked_and_fresh_ones_come(
        self, operator, plan: str, retyped: dict[str, str]
    ) -> None:
        if plan == "running":
            PlanRun.objects.create(town=town(), day=TODAY, status="published", requested_at=NOW)
        elder, clean = planning.elder_at("E1"), make_item()
        planning.carer("C1")
        stale = today(clean, **(retyped | {"slot": chosen(operator, elder, clean)}))

        refused = place(operator, elder, stale)
        form = refused.context["sheet"].open

        assert refused.status_code == 409
        assert list(form.errors) == ["slot"]
        assert refused.content.decode().count("选的时间与这张单不符，请重新选。") == 1
        assert (form["slot"].value(), refused.context["sheet"].head["note"].value()) == ("", "门铃坏了")
        for name, value in retyped.items():
            assert form[name].value() == value
        assert (Order.objects.count(), Offer.objects.count()) == (0, 0)
        fresh = answer(operator, elder, today(clean, **retyped)).choices.found[0].key
        assert place(operator, elder, today(clean, **(retyped | {"slot": fresh}))).status_code == 302

    def test_the_stale_slot_of_a_line_that_is_not_open_is_told_there(self, operator, running_day) -> None:
        elder, clean, walk = planning.elder_at("E1"), make_item(), make_item("ESCORT", name="助行")
        planning.carer("C1")
        stale = today(clean, start="12:00", end="13:00", slot=chosen(operator, elder, clean))

        refused = place(operator, elder, stale, line(walk, 1))

        first, second = refused.context["sheet"].forms
        assert (refused.status_code, first["slot"].value(), second.errors) == (409, "", {})
        assert "请重新选" in str(first.errors["slot"])
        assert 'href="#line-0"' in refused.content.decode()

    def test_when_nobody_comes_that_day_the_next_days_are_looked_at(self, operator, running_day) -> None:
        elder, clean, carer = planning.elder_at("E1"), make_item(), planning.carer("C1")
        Absence.objects.create(carer=carer, start=at("00:00"), end=at("00:00", TOMORROW), reason="SICK")

        body = sheet(elder, today(clean))
        now = operator.post(f"/console/elders/{elder.pk}/draft/", body).context["answer"].choices.found
        later = operator.post(f"/console/elders/{elder.pk}/later/", body).context["choices"].found

        assert not now
        assert [choice.slot.start for choice in later] == [at("10:00", TOMORROW)]


class TestWishes:
    def test_the_carer_named_comes_first_and_is_written_down(self, operator, running_day) -> None:
        elder, clean = planning.elder_at("E1"), make_item()
        planning.carer("C1", kilometres_north=1.0)  # next door
        named = planning.carer("C2")

        found = answer(operator, elder, today(clean, carer=named.pk)).choices.found
        place(operator, elder, today(clean, carer=named.pk))

        assert (found[0].slot.carers, found[0].slot.is_wished) == ((named,), True)
        assert CarerWish.objects.get().carer == named

    def test_a_carer_who_may_not_come_is_refused_beside_the_field(self, operator, running_day) -> None:
        elder, clean = planning.elder_at("E1"), make_item()
        barred = planning.carer("C1")
        CarerPreference.objects.create(elder=elder, carer=barred, kind="BARRED", since=TODAY)

        refused = place(operator, elder, today(clean, carer=barred.pk))

        assert list(refused.context["sheet"].open.errors) == ["carer"]
        assert Order.objects.count() == 0

    def test_dialect_and_gender_are_kept_with_the_order(self, operator) -> None:
        elder = make_elder()

        place(operator, elder, line(make_item(), dialect="涟水话", gender="F"))

        item = Order.objects.get().items.get()
        assert (item.dialect_wish, item.gender_wish) == ("涟水话", "F")


@pytest.mark.parametrize(("credits", "minutes"), [("", 60), ("keep", 0)])
def test_saved_time_pays_unless_the_elder_keeps_it(operator, credits: str, minutes: int) -> None:
    elder, clean = make_elder(), make_item(price_fen=6000)
    grant(person=elder.person, minutes=90, key="g", cause="test", actor=None, now=NOW)

    [price] = answer(operator, elder, line(clean), credits=credits).price
    place(operator, elder, line(clean), credits=credits)

    assert price.first.split.credit_minutes == Visit.objects.get().credit_minutes == minutes
    assert Account.objects.get(person=elder.person).held == minutes


def test_the_price_is_explained_line_by_line(operator) -> None:
    elder, clean = make_elder(), make_item(price_fen=6000)
    entitlement(elder, 20)

    [price] = answer(operator, elder, line(clean)).price

    # 20 of 60 minutes are the government's; two thirds of ￥60.00 are left.
    assert (price.first.split.gov_minutes, price.first.split.self_pay_fen) == (20, 4000)
    assert any("20 分" in text for text in price.first.because)


def test_the_second_service_sees_what_the_first_used_up(operator) -> None:
    elder, clean = make_elder(), make_item(price_fen=6000)
    entitlement(elder, 60)

    first, second = answer(operator, elder, line(clean), line(clean, 1, start="14:00", end="15:00")).price

    assert (first.first.split.gov_minutes, second.first.split.gov_minutes) == (60, 0)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"start": "06:00", "day": TODAY.isoformat()}, "时间窗已过"),
        ({"start": "11:00", "end": "09:00"}, "时间窗的结束须晚于开始"),
        ({"day": "2026-02-30"}, "日期"),
    ],
)
def test_what_cannot_be_saved_is_said_while_typing(operator, changes, words: str) -> None:
    found = answer(operator, make_elder(), line(make_item(), **changes))

    assert found.slots is None
    assert words in " ".join(map(str, found.refusals))


def test_without_anybody_on_duty_the_reason_is_said(operator) -> None:
    found = answer(operator, make_elder(), line(make_item()))

    assert not found.choices.found
    assert found.slots.reasons != ()


class TestKey:
    def test_a_slot_survives_the_form(self) -> None:
        slot = ChosenSlot((12, 7), at("14:05"), (at("13:00"), at("15:00")))

        assert slot.key == "12-7@20260914T0605/20260914T0500-20260914T0700"
        assert ChosenSlot.of_key(slot.key) == slot

    @pytest.mark.parametrize(
        "key",
        [
            "",
            "x",
            "1@",
            "@20260914T0605/20260914T0500-20260914T0700",
            "1-x@20260914T0605/20260914T0500-20260914T0700",
            "1@99999999T9999/20260914T0500-20260914T0700",
            "1@20260914T0605/20260914T0500-29990230T0700",
            "-1@20260914T0605/20260914T0500-20260914T0700",
            "9" * 30 + "@20260914T0605/20260914T0500-20260914T0700",
            "1@20260914T0605",
        ],
    )
    def test_nonsense_is_no_slot(self, key: str) -> None:
        assert ChosenSlot.of_key(key) is None
