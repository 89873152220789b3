"""What carers hear of their offers: each change once, in words that a lock screen may show."""

from datetime import timedelta

import pytest

from dispatch.notices.models import Notice
from dispatch.notices.services.deliver import deliver_due
from dispatch.offers.models import Offer
from dispatch.offers.services.amend import amend_visit
from dispatch.offers.services.answer import decline_offer
from dispatch.offers.services.end import cancel_order, cancel_visit, expire_due, release_assignment
from dispatch.offers.services.late import look_for_late_work
from dispatch.offers.services.late_evidence import follow_late_evidence
from dispatch.offers.services.send import send_offers
from dispatch.offers.services.tell_carers import tell_asked
from orders.models import Visit
from people.roles import Role
from tests.cast import make_user
from tests.dispatch.factories import (
    NOW,
    TODAY,
    accept,
    ask,
    ask_pool,
    at,
    check,
    legs,
    link,
    login_of,
    make_carer,
    make_elder,
    make_visit,
    promise,
)
from volunteers.models import Carer

pytestmark = pytest.mark.django_db


def told() -> list[tuple[str, str]]:
    """Who was told what, as far as nothing newer replaced it."""
    rows = Notice.objects.exclude(status="cancelled").order_by("pk").select_related("carer")
    return [(row.carer.number, row.kind) for row in rows]


def send_all() -> None:
    deliver_due(now=NOW)


@pytest.fixture
def carer() -> Carer:
    return make_carer()


@pytest.fixture
def partner() -> Carer:
    return make_carer("C2", name="王芳")


@pytest.fixture
def office():
    return make_user("office", Role.DISPATCHER)


def double_up() -> Visit:
    return make_visit(carers_needed=2)


def test_an_offer_arrives_with_its_time_to_answer_and_without_the_elder(carer: Carer) -> None:
    visit = make_visit()
    [offer] = ask(visit, carer)

    [notice] = Notice.objects.all()

    town = visit.town.name
    assert notice.text == (
        f"新的派单：9月14日（星期一）09:00 {visit.item.name}（{town}），请在9月14日（星期一）07:30前回复。"
    )
    assert (notice.carer, notice.kind, notice.visit) == (carer, "OFFER", visit)
    assert notice.expires_at == offer.expires_at
    for secret in (visit.elder.person.name, visit.place.address, visit.place.village):
        assert secret not in notice.text


def test_at_night_it_waits_for_the_morning_as_its_time_to_answer_does(carer: Carer) -> None:
    ask(make_visit(), carer, now=at("23:00", TODAY - timedelta(days=1)))

    assert Notice.objects.get().next_due_at == at("07:00")


def test_everybody_whom_the_pool_asks(carer: Carer, partner: Carer) -> None:
    ask_pool(make_visit(), carer, partner)

    assert told() == [("C1", "POOL"), ("C2", "POOL")]
    assert "先接先得" in Notice.objects.all()[0].text


def test_work_by_contract_asks_for_no_answer() -> None:
    ask(make_visit(), make_carer(kind=Carer.Kind.WORKER, auto_accept=True))

    [notice] = Notice.objects.all()
    assert (notice.kind, notice.expires_at) == ("WORK", at("09:00"))
    assert "回复" not in notice.text


def test_who_has_answered_is_not_told_of_the_question_any_more(carer: Carer, partner: Carer) -> None:
    [offer] = ask(make_visit(), carer)
    accept(offer)
    [other] = ask(make_visit(make_elder("E2"), start="12:00", end="14:00"), partner, start="12:00")
    decline_offer(offer=other, reason="SICK", actor=login_of(partner), now=NOW)

    assert told() == []


def test_nor_who_came_too_late_for_the_pool(carer: Carer, partner: Carer) -> None:
    mine, _theirs = ask_pool(make_visit(), carer, partner)

    accept(mine)

    assert told() == []


def test_a_question_that_is_taken_back(carer: Carer, office) -> None:
    [offer] = ask(make_visit(), carer)
    send_all()

    release_assignment(assignment=offer.assignment, reason="另派", actor=office, now=NOW)

    assert told() == [("C1", "OFFER"), ("C1", "WITHDRAWN")]


def test_of_a_question_that_had_not_been_told_nothing_is_said(carer: Carer, office) -> None:
    [offer] = ask(make_visit(), carer)

    release_assignment(assignment=offer.assignment, reason="另派", actor=office, now=NOW)

    assert told() == []


def test_a_promise_that_the_office_takes_back(carer: Carer, office) -> None:
    [work] = promise(make_visit(), carer)

    release_assignment(assignment=work, reason="另派", actor=office, now=NOW)

    assert told() == [("C1", "WITHDRAWN")]


def test_who_gives_work_back_knows_it(carer: Carer) -> None:
    [work] = promise(make_visit(), carer)

    release_assignment(assignment=work, reason="病了", actor=login_of(carer), now=NOW)

    assert told() == []


def test_a_cancelled_visit_and_a_cancelled_order(carer: Carer, office) -> None:
    [work] = promise(make_visit(), carer)
    cancel_visit(visit=work.visit, reason="住院", actor=office, now=NOW)
    [work] = promise(make_visit(make_elder("E2"), start="12:00", end="14:00"), carer, start="12:00")
    cancel_order(order=work.visit.order_item.order, reason="住院", actor=office, now=NOW)

    assert told() == [("C1", "CANCELLED"), ("C1", "CANCELLED")]


def test_the_pool_hears_nothing_of_a_cancelled_visit(carer: Carer, office) -> None:
    visit = make_visit()
    ask_pool(visit, carer)
    send_all()

    cancel_visit(visit=visit, reason="住院", actor=office, now=NOW)

    assert told() == [("C1", "POOL")]


def test_a_moved_visit(carer: Carer, office) -> None:
    [work] = promise(make_visit(), carer)

    amend_visit(
        visit=work.visit, window_start=at("14:00"), window_end=at("15:00"), reason="女儿来访", actor=office, now=NOW
    )

    assert told() == [("C1", "MOVED")]
    assert "9月14日（星期一）09:00" in Notice.objects.get(kind="MOVED").text


def test_a_double_up_is_confirmed_when_both_have_accepted(carer: Carer, partner: Carer) -> None:
    first, second = ask(double_up(), carer, partner)
    accept(first)
    assert told() == [("C2", "OFFER")]

    accept(second)

    assert told() == [("C1", "CONFIRMED"), ("C2", "CONFIRMED")]


def test_so_are_two_linked_visits(carer: Carer, partner: Carer) -> None:
    one, other = make_visit(), make_visit(make_elder("E2"))
    link(one, other)
    offers = send_offers(legs=[*legs(one, carer), *legs(other, partner)], actor=None, now=NOW)

    for offer in offers:
        accept(offer)

    assert told() == [("C1", "CONFIRMED"), ("C2", "CONFIRMED")]


def test_a_visit_for_one_needs_no_such_word(carer: Carer) -> None:
    promise(make_visit(), carer)

    assert told() == []


@pytest.mark.parametrize("how", ["declined", "given back", "expired"])
def test_when_one_falls_out_only_the_partner_is_told(carer: Carer, partner: Carer, how: str) -> None:
    first, second = ask(double_up(), carer, partner)
    work = accept(first)
    if how == "declined":
        decline_offer(offer=second, reason="SICK", actor=login_of(partner), now=NOW)
    elif how == "given back":
        accept(second)
        release_assignment(assignment=second.assignment, reason="病了", actor=login_of(partner), now=NOW)
    else:
        expire_due(now=at("07:30"))

    work.refresh_from_db()
    assert work.status == "released"
    assert [kind for who, kind in told() if who == "C1"] == ["FELL_APART"]
    assert "C2" not in {who for who, kind in told() if kind != "OFFER"}


def test_a_partner_who_has_not_answered_hears_that_the_question_is_over(carer: Carer, partner: Carer) -> None:
    first, _second = ask(double_up(), carer, partner)
    send_all()

    decline_offer(offer=first, reason="SICK", actor=login_of(carer), now=NOW)

    assert told() == [("C1", "OFFER"), ("C2", "OFFER"), ("C2", "WITHDRAWN")]


def test_who_is_asked_again_at_once_hears_only_the_new_question(carer: Carer, office) -> None:
    visit = make_visit()
    [work] = promise(visit, carer)
    release_assignment(assignment=work, reason="另派", actor=office, now=NOW)

    ask(visit, carer, start="10:00")

    assert told() == [("C1", "OFFER")]


def test_what_began_or_is_over_is_not_told(carer: Carer, office) -> None:
    [work] = promise(make_visit(), carer)

    cancel_visit(visit=work.visit, reason="住院", actor=office, now=at("11:00"))

    assert told() == []


def test_a_late_carer_who_may_still_set_out_is_told_that_it_is_off(carer: Carer, office) -> None:
    [work] = promise(make_visit(), carer)

    cancel_visit(visit=work.visit, reason="住院", actor=office, now=at("10:59"))

    assert told() == [("C1", "CANCELLED")]


def test_who_is_late_is_told_once_and_then_that_nobody_waits_any_more(carer: Carer) -> None:
    promise(make_visit(), carer)
    for clock in ("09:15", "09:15", "09:25"):
        look_for_late_work(now=at(clock))
    assert told() == [("C1", "LATE")]
    assert Notice.objects.get(kind="LATE").text.startswith("还没有签到：")
    deliver_due(now=at("09:26"))

    look_for_late_work(now=at("10:00"))

    assert told() == [("C1", "LATE"), ("C1", "WITHDRAWN")]


def test_whoever_was_sent_instead_hears_that_the_first_has_come_after_all(carer: Carer, partner: Carer) -> None:
    [work] = promise(visit := make_visit(), carer)
    for clock in ("09:15", "09:25", "10:00"):
        look_for_late_work(now=at(clock))
    promise(visit, partner, start="10:30")
    send_all()
    check(work, "in", "10:10")

    follow_late_evidence(now=at("10:10"))

    assert told()[-1] == ("C2", "WITHDRAWN")


@pytest.mark.parametrize("carers", [1, 12])
def test_a_pool_of_any_size_is_told_in_as_many_queries(carers: int, django_assert_num_queries) -> None:
    people, visit = [make_carer(f"C{number}") for number in range(carers)], make_visit()
    asked = [
        Offer(pk=pk, visit=visit, carer=each, kind="POOL", planned_start=at("09:00"), expires_at=at("08:00"))
        for pk, each in enumerate(people)
    ]

    # The visits, the devices, the policy; what was told before, the rows, their events.
    with django_assert_num_queries(6):
        tell_asked(asked, now=NOW)

    assert Notice.objects.count() == carers
