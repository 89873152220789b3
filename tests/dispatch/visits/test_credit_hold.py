"""The life of held credits: whatever becomes of a visit, its minutes are held, posted or free as it stands."""

from datetime import timedelta

import pytest

from dispatch.offers.services.amend import amend_visit
from dispatch.offers.services.answer import decline_offer
from dispatch.offers.services.day import give_up_passed_days
from dispatch.offers.services.end import cancel_order, cancel_visit, release_assignment, report_no_show
from dispatch.visits import tasks
from dispatch.visits.services import credit_hold
from dispatch.visits.services.credit_hold import put_credit_holds_right, sync_credit_hold
from dispatch.visits.services.verify import review_flag, verify_visit
from orders.models import Elder, Visit
from orders.services.orders import cancel_unbooked_order
from people.errors import Conflict
from people.roles import Role
from tests.cast import make_user
from tests.dispatch.factories import NOW, TODAY, ask, at, login_of, make_carer, make_elder, make_item, promise, serve
from tests.dispatch.visits.credits import account, elder_with, paid_visits, pay_order, redeemed
from tests.orders import make
from tests.volunteers.timebank import ledger
from volunteers.models import Carer
from volunteers.timebank.models import Posting, Transfer
from volunteers.timebank.services import account_of, hold, reverse
from volunteers.timebank.verify import verify_ledger

pytestmark = pytest.mark.django_db

TOMORROW = TODAY + timedelta(days=1)
NEXT_MONTH = TODAY + timedelta(days=20)


@pytest.fixture
def office():
    return make_user("office", Role.DISPATCHER)


@pytest.fixture
def elder():
    return elder_with(100)


@pytest.fixture
def visit(elder) -> Visit:
    """An hour of which the elder's whole account pays, or would: 60 of 100 minutes are held."""
    [visit] = paid_visits(pay_order(elder, make.request(make_item())))
    assert account(elder) == (100, 60)
    return visit


def worker() -> Carer:
    return make_carer(kind=Carer.Kind.WORKER)


def move_to(visit: Visit, day, actor, now=NOW) -> Visit:
    return amend_visit(
        visit=visit,
        window_start=at("14:00", day),
        window_end=at("16:00", day),
        reason="女儿来访",
        actor=actor,
        now=now,
    )


# Under way ----------------------------------------------------------------------------------------------------------


def test_minutes_stay_held_while_carers_come_and_go(elder, visit, office):
    [offer] = ask(visit, make_carer("C1"))
    decline_offer(offer=offer, reason="SICK", actor=None, now=NOW)
    [assignment] = promise(Visit.objects.get(), make_carer("C2"))
    release_assignment(assignment=assignment, reason="车坏了", actor=office, now=NOW)
    assert Visit.objects.get().status == "open"
    promise(Visit.objects.get(), make_carer("C3"))

    assert Visit.objects.get().status == "reserved"
    assert redeemed(visit) == [(60, "pending")]
    assert account(elder) == (100, 60)


def test_verifying_posts_the_minutes_to_the_county_fund_once(elder, visit):
    [assignment] = promise(visit, worker())

    serve(assignment)
    verify_visit(visit=visit, actor=None, now=at("11:00"))

    assert Visit.objects.get().status == "verified"
    assert redeemed(visit) == [(60, "posted")]
    assert account(elder) == (40, 0)
    lines = Posting.objects.filter(transfer__kind="REDEEM").order_by("minutes")
    assert list(lines.values_list("account__person", "minutes")) == [(elder.person_id, -60), (None, 60)]
    assert verify_ledger() == []


def test_a_volunteer_earns_what_the_elder_spends(elder, visit):
    carer = make_carer()
    [assignment] = promise(visit, carer)

    serve(assignment, "09:00", "10:10")

    kinds = Transfer.objects.filter(cause=f"visit:{visit.pk}").order_by("kind")
    assert list(kinds.values_list("kind", "minutes", "status")) == [("EARN", 70, "posted"), ("REDEEM", 60, "posted")]
    assert verify_ledger() == []


def test_doubted_evidence_keeps_the_minutes_held_until_a_verdict(elder, visit, office):
    [assignment] = promise(visit, worker())
    serve(assignment, "09:00", "09:20")
    assert Visit.objects.get().status == "disputed"
    assert redeemed(visit) == [(60, "pending")]

    review_flag(flag=assignment.flags.get(), verdict="cleared", reason="老人提前结束", actor=office, now=at("12:00"))

    assert redeemed(visit) == [(60, "posted")]
    assert account(elder) == (40, 0)


# Fallen away --------------------------------------------------------------------------------------------------------


def cancel(visit, office):
    cancel_visit(visit=visit, reason="住院", actor=office, now=NOW)
    return "cancelled"


def cancel_promised(visit, office):
    promise(visit, worker())
    return cancel(visit, office)


def cancel_its_order(visit, office):
    cancel_order(order=visit.order_item.order, reason="住院", actor=office, now=NOW)
    return "cancelled"


def uphold_a_doubt(visit, office):
    [assignment] = promise(visit, worker())
    serve(assignment, "09:00", "09:20")
    review_flag(flag=assignment.flags.get(), verdict="upheld", reason="未到场", actor=office, now=at("12:00"))
    return "not_done"


def nobody_comes(visit, office):
    [assignment] = promise(visit, worker())
    report_no_show(assignment=assignment, reason="联系不上", actor=office, now=visit.window_end)
    return "not_done"


def let_the_day_pass(visit, office):
    assert give_up_passed_days(now=NOW + timedelta(days=1)) == 1
    return "unserved"


@pytest.mark.parametrize(
    "end", [cancel, cancel_promised, cancel_its_order, uphold_a_doubt, nobody_comes, let_the_day_pass]
)
def test_minutes_of_a_visit_that_falls_away_are_free_again(elder, visit, office, end):
    status = end(visit, office)

    visit.refresh_from_db()
    assert visit.status == status
    assert visit.credit_minutes == 60  # what it was quoted at
    assert redeemed(visit) == [(60, "voided")]
    assert account(elder) == (100, 0)
    assert list(Transfer.objects.get(kind="REDEEM").events.values_list("new", "reason")) == [
        ("pending", ""),
        ("voided", status),
    ]
    assert verify_ledger() == []
    assert put_credit_holds_right(now=NOW) == 0


def test_a_cancelled_order_frees_each_visit_that_had_not_begun(office):
    elder = elder_with(200)
    order = pay_order(elder, make.request(make_item()), make.request(make_item(), "13:00", "15:00"))
    done, ahead = paid_visits(order)
    [assignment] = promise(done, worker())
    serve(assignment)

    cancel_order(order=order, reason="住院", actor=office, now=at("11:00"))

    assert (redeemed(done), redeemed(ahead)) == ([(60, "posted")], [(60, "voided")])
    assert account(elder) == (140, 0)


# Another day --------------------------------------------------------------------------------------------------------


def test_a_visit_on_another_day_takes_its_hold_along(elder, visit, office):
    move_to(visit, TOMORROW, office)

    assert redeemed(visit) == [(60, "voided"), (60, "pending")]
    assert Transfer.objects.get(status="pending").day == TOMORROW
    assert Transfer.objects.get(status="pending").key == f"visit:{visit.pk}:credits:2"
    assert account(elder) == (100, 60)


def test_another_time_of_the_same_day_leaves_the_hold_alone(elder, visit, office):
    before = ledger.everything()

    move_to(visit, TODAY, office)

    assert ledger.everything() == before


def test_where_government_hours_pay_the_other_day_the_hold_shrinks(elder, visit, office):
    make.entitlement(elder, 45, valid_from=NEXT_MONTH)

    move_to(visit, NEXT_MONTH, office)

    visit.refresh_from_db()
    assert (visit.gov_minutes, visit.credit_minutes, visit.self_pay_fen) == (45, 15, 0)
    assert redeemed(visit) == [(60, "voided"), (15, "pending")]
    assert account(elder) == (100, 15)


def test_where_government_hours_pay_all_nothing_is_held(elder, visit, office):
    make.entitlement(elder, 600, valid_from=NEXT_MONTH)

    move_to(visit, NEXT_MONTH, office)

    assert redeemed(visit) == [(60, "voided")]
    assert account(elder) == (100, 0)


def test_a_moved_visit_never_takes_more_than_it_was_quoted_at(office):
    elder = elder_with(100)
    make.entitlement(elder, 50, valid_to=TODAY)
    [visit] = paid_visits(pay_order(elder, make.request(make_item())))
    assert account(elder) == (100, 10)

    move_to(visit, TOMORROW, office)

    visit.refresh_from_db()
    assert (visit.gov_minutes, visit.credit_minutes, visit.self_pay_fen) == (0, 10, 5000)
    assert account(elder) == (100, 10)


def test_an_unserved_visit_that_opens_again_is_paid_from_what_is_left(elder, visit, office):
    give_up_passed_days(now=NOW + timedelta(days=1))
    pay_order(elder, make.request(make_item(), day=TOMORROW))
    assert account(elder) == (100, 60)

    move_to(visit, NEXT_MONTH, office, now=NOW + timedelta(days=1))

    visit.refresh_from_db()
    assert (visit.status, visit.credit_minutes, visit.self_pay_fen) == ("open", 40, 2000)
    assert redeemed(visit) == [(60, "voided"), (40, "pending")]
    assert account(elder) == (100, 100)


def test_a_move_that_is_refused_leaves_the_hold_alone(elder, visit, office):
    before = ledger.everything()
    make.visit(elder, make_item())
    pay_order(elder, make.request(make_item(), "14:00", "16:00"), use_credits=False)
    Visit.objects.exclude(pk=visit.pk).filter(window_start=at("14:00")).update(order_item=visit.order_item)

    with pytest.raises(Conflict):
        move_to(visit, TODAY, office)

    assert ledger.everything() == before


# Repeats, and what others changed ------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", [None, cancel, let_the_day_pass, uphold_a_doubt])
def test_a_second_sync_changes_nothing(elder, visit, office, end):
    if end is not None:
        end(visit, office)
    before = ledger.everything()

    sync_credit_hold(visit=Visit.objects.get(), actor=None, now=NOW)

    assert ledger.everything() == before


def test_posted_minutes_that_an_administrator_gave_back_stay_back(elder, visit):
    [assignment] = promise(visit, worker())
    serve(assignment)
    posted = Transfer.objects.get(kind="REDEEM")
    reverse(transfer=posted, key="goodwill", actor=None, now=at("12:00"), reason="服务不满意")

    sync_credit_hold(visit=Visit.objects.get(), actor=None, now=at("12:00"))

    assert redeemed(visit) == [(60, "posted")]
    assert account(elder) == (100, 0)


def test_an_order_cancelled_without_dispatch_is_found_within_a_minute(elder, visit, monkeypatch):
    other = make_elder("E2")
    make.visit(other, make_item())
    cancel_unbooked_order(order=visit.order_item.order, reason="住院", actor=None, now=NOW)
    assert redeemed(visit) == [(60, "pending")]
    monkeypatch.setattr("people.clock.now", lambda: NOW)

    assert tasks.put_credit_holds_right() == 1
    assert tasks.put_credit_holds_right() == 0

    assert redeemed(visit) == [(60, "voided")]
    assert account(elder) == (100, 0)


def test_a_visit_verified_without_dispatch_is_posted(elder, visit):
    Visit.objects.filter(pk=visit.pk).update(status="verified", verified_at=NOW)

    assert put_credit_holds_right(now=NOW) == 1

    assert redeemed(visit) == [(60, "posted")]
    assert account(elder) == (40, 0)


@pytest.mark.parametrize("batch", [1, 100])
def test_one_that_cannot_be_put_right_holds_up_no_other(elder, visit, monkeypatch, batch):
    monkeypatch.setattr(credit_hold, "BATCH", batch)
    Visit.objects.filter(pk=visit.pk).update(duration_minutes=120, credit_minutes=101)  # more than the account has
    others = [paid_visits(pay_order(elder_with(60, f"E{number}"), make.request(make_item())))[0] for number in (2, 3)]
    for other in others:
        cancel_unbooked_order(order=other.order_item.order, reason="住院", actor=None, now=NOW)

    assert put_credit_holds_right(now=NOW) == 2
    assert put_credit_holds_right(now=NOW) == 0

    assert [redeemed(other) for other in others] == [[(60, "voided")]] * 2
    assert redeemed(visit) == [(60, "pending")]
    assert account(elder) == (100, 60)


def test_holds_that_stand_are_not_read(visit, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert put_credit_holds_right(now=NOW) == 0


def test_holds_that_pay_no_visit_are_left_alone(elder, visit):
    hold(
        key="course",
        kind="REDEEM",
        source=account_of(elder.person, NOW),
        target=ledger.fund(),
        minutes=10,
        cause="course:7",
        actor=None,
        now=NOW,
    )

    assert put_credit_holds_right(now=NOW) == 0
    assert account(elder) == (100, 70)


def test_a_carer_who_is_the_elder_elsewhere_keeps_one_account():
    """以老帮老: what she earned with a visit in the morning pays her own in the afternoon."""
    carer = make_carer(name="赵大妈")
    [assignment] = promise(make.visit(make_elder("E1"), make_item()), carer)
    serve(assignment)
    me = Elder.objects.create(
        person=carer.person, number="E9", town=carer.town, visit_code="4711", active_from=TODAY.replace(day=1)
    )

    order = pay_order(me, make.request(make_item(), "14:00", "16:00"), now=at("11:00"))

    assert [visit.credit_minutes for visit in paid_visits(order)] == [60]
    assert account(me) == (60, 60)
    assert login_of(carer) == me.person.user
