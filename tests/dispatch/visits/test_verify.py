"""From check-out to credit: clean evidence verifies itself, doubts wait for a person, every effect happens once."""

from decimal import Decimal

import pytest

from dispatch.visits.models import Flag
from dispatch.visits.services.verify import review_flag, verify_visit
from orders.models import EntitlementUse, Visit
from people.errors import Invalid, NotAllowed, WrongState
from people.roles import Role
from tests.cast import make_user
from tests.dispatch.factories import (
    NOW,
    at,
    check,
    login_of,
    make_carer,
    make_elder,
    make_item,
    make_visit,
    promise,
    serve,
)
from tests.orders import make
from volunteers.models import Carer
from volunteers.timebank.models import Transfer
from volunteers.timebank.selectors import ledger_sum

pytestmark = pytest.mark.django_db


def test_clean_evidence_verifies_itself_and_posts_one_credit():
    carer = make_carer()
    visit = make_visit(item=make_item(credit_rate=Decimal("1.5")))
    [assignment] = promise(visit, carer)

    check(assignment, "in", "09:02")
    check(assignment, "out", "10:05")

    visit.refresh_from_db()
    assert visit.status == Visit.Status.VERIFIED
    assert visit.verified_at == at("10:05")
    transfer = Transfer.objects.get()
    assert (transfer.kind, transfer.minutes) == ("EARN", 95)  # 63 × 1.5 = 94.5, half up
    assert transfer.key == f"visit:{visit.pk}:carer:{carer.pk}"
    assert transfer.cause == f"visit:{visit.pk}"
    assert ledger_sum() == 0
    assert list(visit.events.values_list("new", flat=True)) == [
        "open",
        "planned",
        "reserved",
        "started",
        "finished",
        "verified",
    ]


def test_a_paid_worker_earns_no_credit():
    [assignment] = promise(visit := make_visit(), make_carer(kind=Carer.Kind.WORKER))

    serve(assignment)

    visit.refresh_from_db()
    assert visit.status == Visit.Status.VERIFIED
    assert not Transfer.objects.exists()


def test_each_carer_of_a_double_up_gets_their_own_credit():
    visit = make_visit(item=make_item(carers_needed=2))
    first, second = promise(visit, make_carer("C1"), make_carer("C2"))

    check(first, "in", "09:00")
    check(second, "in", "09:10")
    check(first, "out", "10:00")
    visit.refresh_from_db()
    assert visit.status == Visit.Status.STARTED
    check(second, "out", "10:00")

    visit.refresh_from_db()
    assert visit.status == Visit.Status.VERIFIED
    assert sorted(Transfer.objects.values_list("minutes", flat=True)) == [50, 60]


def test_verifying_consumes_the_reserved_hours_once():
    elder = make_elder()
    make.entitlement(elder, minutes=600)
    [assignment] = promise(visit := make_visit(elder), make_carer())

    serve(assignment)
    verify_visit(visit=visit, actor=None, now=at("11:00"))
    verify_visit(visit=visit, actor=None, now=at("12:00"))

    use = EntitlementUse.objects.get(visit=visit)
    assert (use.status, use.minutes) == ("consumed", 60)
    assert list(use.events.values_list("new", "at")) == [("reserved", NOW), ("consumed", at("10:00"))]
    assert Transfer.objects.count() == 1
    assert visit.events.filter(new="verified").count() == 1


def test_a_visit_that_is_not_over_is_not_verified():
    [assignment] = promise(visit := make_visit(), make_carer())
    check(assignment, "in", "09:00")

    with pytest.raises(WrongState):
        verify_visit(visit=visit, actor=None, now=at("09:30"))

    visit.refresh_from_db()
    assert visit.status == Visit.Status.STARTED


@pytest.fixture
def disputed():
    """A visit of 20 minutes instead of 60: one open flag."""
    [assignment] = promise(make_visit(), make_carer())
    serve(assignment, "09:00", "09:20")
    return assignment


def test_doubted_evidence_waits_for_a_person(disputed):
    disputed.visit.refresh_from_db()

    assert disputed.visit.status == Visit.Status.DISPUTED
    assert disputed.visit.events.last().reason == "TOO_SHORT"
    assert not Transfer.objects.exists()


def test_a_cleared_flag_verifies_the_visit(disputed):
    flag = disputed.flags.get()
    reviewer = make_user("reviewer", Role.DISPATCHER)

    review_flag(flag=flag, verdict="cleared", reason="老人提前结束", actor=reviewer, now=at("12:00"))

    disputed.visit.refresh_from_db()
    flag.refresh_from_db()
    assert (flag.status, disputed.visit.status) == ("cleared", Visit.Status.VERIFIED)
    assert Transfer.objects.get().minutes == 20
    event = flag.events.last()
    assert (event.actor, event.reason, event.at) == (reviewer, "老人提前结束", at("12:00"))


def test_an_upheld_flag_means_not_done(disputed):
    reviewer = make_user("reviewer", Role.DISPATCHER)

    review_flag(flag=disputed.flags.get(), verdict="upheld", reason="未到场", actor=reviewer, now=at("12:00"))

    disputed.visit.refresh_from_db()
    assert disputed.visit.status == Visit.Status.NOT_DONE
    assert disputed.visit.end_reason == "TOO_SHORT: 未到场"
    assert not Transfer.objects.exists()


def test_a_visit_with_two_doubts_waits_for_both():
    [assignment] = promise(make_visit(), make_carer())
    check(assignment, "in", "09:00", latitude=None, longitude=None)
    check(assignment, "out", "09:20")
    reviewer = make_user("reviewer", Role.DISPATCHER)
    first, second = assignment.flags.order_by("code")
    assert (first.code, second.code) == ("NO_POSITION", "TOO_SHORT")

    review_flag(flag=first, verdict="cleared", reason="手机无信号", actor=reviewer, now=at("12:00"))
    assignment.visit.refresh_from_db()
    assert assignment.visit.status == Visit.Status.DISPUTED
    review_flag(flag=second, verdict="cleared", reason="已核实", actor=reviewer, now=at("12:01"))

    assignment.visit.refresh_from_db()
    assert assignment.visit.status == Visit.Status.VERIFIED


def test_a_flag_is_reviewed_once(disputed):
    reviewer = make_user("reviewer", Role.DISPATCHER)
    flag = disputed.flags.get()
    review_flag(flag=flag, verdict="cleared", reason="已核实", actor=reviewer, now=at("12:00"))

    with pytest.raises(WrongState):
        review_flag(flag=flag, verdict="upheld", reason="反悔", actor=reviewer, now=at("12:01"))

    flag.refresh_from_db()
    assert flag.status == "cleared"
    assert flag.events.count() == 2


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.CARER, Role.ORGANISATION_MANAGER, Role.AUDITOR, None])
def test_who_is_no_reviewer_reviews_nothing(disputed, role):
    actor = make_user("someone", *([role] if role else []))

    with pytest.raises(NotAllowed):
        review_flag(flag=disputed.flags.get(), verdict="cleared", reason="已核实", actor=actor, now=NOW)

    assert Flag.objects.get().status == "open"


def test_nobody_judges_their_own_evidence(disputed):
    carer = login_of(disputed.carer)
    carer.groups.add(make_user("d", Role.DISPATCHER).groups.get())
    carer.__dict__.pop("_role_names", None)

    with pytest.raises(NotAllowed):
        review_flag(flag=disputed.flags.get(), verdict="cleared", reason="已核实", actor=carer, now=NOW)

    assert Flag.objects.get().status == "open"


def test_a_verdict_without_a_reason_is_refused(disputed):
    with pytest.raises(Invalid):
        review_flag(
            flag=disputed.flags.get(), verdict="cleared", reason=" ", actor=make_user("d", Role.DISPATCHER), now=NOW
        )

    assert Flag.objects.get().status == "open"
