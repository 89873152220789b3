"""One town lives one day, from the telephone orders of the morning to the counts of the month.

Orders come through services, the plan from a real Celery worker, every word of a carer over the real HTTP interface.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from celery import current_app

from dispatch.counts.selectors import counted_visits, county_counts
from dispatch.offers.models import Offer
from dispatch.offers.services.end import cancel_visit
from dispatch.planning.models import Plan, PlanRun
from dispatch.planning.services.publish import publish
from dispatch.planning.services.runs import request_plan
from dispatch.visits.models import Assignment
from orders.models import EntitlementUse, Order, Visit
from people.models import PolicySetting
from people.roles import Role
from tests.cast import make_user
from tests.dispatch.factories import make_carer, make_elder
from tests.flows.conftest import SetClock
from tests.flows.phones import Phone
from tests.flows.waiting import wait_for
from tests.harness.worker import CeleryWorker
from tests.orders import make
from tests.orders.make import NOW, TODAY, at
from volunteers.models import Availability, Carer
from volunteers.timebank.models import Transfer
from volunteers.timebank.selectors import ledger_sum
from volunteers.timebank.verify import verify_ledger

MONTH = TODAY.replace(day=1)


@dataclass(frozen=True)
class County:
    """Three carers (two workers and a volunteer) and what the elders asked for this morning."""

    workers: tuple[Carer, Carer]
    volunteer: Carer
    bath: Visit  # by two carers, one of them certified
    company: Visit  # only the volunteer does this
    cleaning: Visit  # the first who is asked declines
    ironing: Visit
    meal: Visit  # the elder calls it off
    therapy: Visit  # nobody here has the certificate

    @property
    def carers(self) -> tuple[Carer, ...]:
        return (*self.workers, self.volunteer)


def carer_on_duty(number: str, **fields: Any) -> Carer:
    carer = make_carer(number, **fields)
    Availability.objects.create(
        carer=carer, weekday=TODAY.weekday(), start_minute=480, end_minute=1080, valid_from=carer.active_from
    )
    return carer


def found() -> County:
    PolicySetting.objects.create(key="plan_seconds", value=1, effective_from=MONTH, owner="test")
    workers = (
        carer_on_duty(
            "W1", kind=Carer.Kind.WORKER, name="王芳", skills=("BATH", "CLEAN", "MEAL"), certificates=("NURSE",)
        ),
        carer_on_duty("W2", kind=Carer.Kind.WORKER, name="李梅", skills=("BATH", "CLEAN", "MEAL")),
    )
    volunteer = carer_on_duty("V1", name="赵强", skills=("WELFARE",))
    elders = [make_elder(f"E{number}", name=f"老人{number}", kilometres_north=number / 2) for number in range(1, 7)]
    for elder, minutes in zip(elders, (60, 45, 60, 60, 30, 60), strict=True):
        if elder.number != "E3":
            make.entitlement(elder, minutes)
    bath = make.item("BATH", carers_needed=2, certificate="NURSE")
    clean = make.item("CLEAN")
    asked = (
        make.request(bath, "09:00", "10:00"),
        make.request(make.item("WELFARE", duration_minutes=45, credit_rate="2.00"), "09:00", "11:00"),
        make.request(clean, "13:00", "13:30"),
        make.request(clean, "15:00", "16:00"),
        make.request(make.item("MEAL", duration_minutes=30), "11:00", "12:00"),
        make.request(make.item("REHAB", certificate="PHYSIO"), "09:00", "17:00"),
    )
    orders = [make.order(elder, request) for elder, request in zip(elders, asked, strict=True)]
    visits = [make.visits(order)[0] for order in orders]
    return County(workers, volunteer, *visits)


def status(visit: Visit) -> str:
    return Visit.objects.values_list("status", flat=True).get(pk=visit.pk)


def statuses() -> Counter[str]:
    return Counter(Visit.objects.values_list("status", flat=True))


def uses() -> dict[str, tuple[int, str]]:
    """The elder's number -> minutes reserved, consumed or returned."""
    rows = EntitlementUse.objects.values_list("visit__elder__number", "minutes", "status")
    return {number: (minutes, state) for number, minutes, state in rows}


def settled(worker: CeleryWorker) -> None:
    """Everything sent is done, and no plan is under way."""
    worker.wait_until_idle()
    assert not PlanRun.objects.filter(status__in=["queued", "solving"]).exists()


def plan_the_day(county: County, worker: CeleryWorker) -> Plan:
    dispatcher = make_user("dispatcher", Role.DISPATCHER)
    run = request_plan(town=county.bath.town, day=TODAY, actor=dispatcher, now=NOW)
    wait_for(lambda: PlanRun.objects.filter(pk=run.pk, status="solved").exists(), "the worker solved the plan")
    settled(worker)
    return publish(run=run, actor=dispatcher, now=NOW)


def answer_all(county: County, phones: dict[int, Phone], worker: CeleryWorker) -> tuple[int, int]:
    """Everybody accepts, but who is asked for the cleaning first declines; (that carer, the one asked instead)."""
    first = Offer.objects.get(visit=county.cleaning)
    for carer, phone in phones.items():
        for offer in phone.open_offers():
            declines = offer["id"] == first.pk
            answer = (
                phone.post(f"offers/{offer['id']}/decline/", reason="CONFLICT")
                if declines
                else phone.post(f"offers/{offer['id']}/accept/")
            )
            assert answer.status_code == 200, answer.text
            assert answer.json()["carer"] == carer
    settled(worker)
    second = Offer.objects.get(visit=county.cleaning, status="sent")
    assert phones[second.carer_id].post(f"offers/{second.pk}/accept/").status_code == 200
    return first.carer_id, second.carer_id


def live_the_day(phones: dict[int, Phone], set_clock: SetClock) -> None:
    """In at the planned minute, out as long after as planned."""
    promised = list(Assignment.objects.filter(status="accepted").select_related("visit__place"))
    checks = [(each.planned_start, "in", each) for each in promised] + [
        (each.planned_start + timedelta(minutes=each.visit.duration_minutes), "out", each) for each in promised
    ]
    for moment, kind, assignment in sorted(checks, key=lambda check: (check[0], check[1] == "in", check[2].pk)):
        set_clock(moment)
        answer = phones[assignment.carer_id].check(assignment, kind, moment)
        assert answer.status_code == 201, answer.text


def test_a_town_lives_a_day(set_clock: SetClock, start_worker: Callable[..., CeleryWorker], live_server: Any) -> None:
    county = found()
    assert uses() == {
        "E1": (60, "reserved"),
        "E2": (45, "reserved"),
        "E4": (60, "reserved"),
        "E5": (30, "reserved"),
        "E6": (60, "reserved"),
    }
    worker = start_worker()
    phones = {carer.pk: Phone(live_server.url, carer) for carer in county.carers}

    # Planned: five of six, and the sixth with its reason.
    plan = plan_the_day(county, worker)
    assert (plan.served, plan.unserved, plan.left_out) == (5, 1, [])
    assert statuses() == {"planned": 5, "open": 1}
    county.therapy.refresh_from_db()
    [reason] = county.therapy.unserved_reasons
    assert (reason["code"], reason["proven"]) == ("no_certified_carer_on_duty", True)
    assert Offer.objects.filter(status="sent").count() == 6
    assert set(Offer.objects.filter(visit=county.bath).values_list("carer", flat=True)) == {
        carer.pk for carer in county.workers
    }
    assert Offer.objects.get(visit=county.bath, leg=1).carer == county.workers[0]

    # Answered: the decline is repaired by the worker, with the other carer and nobody else.
    declined_by, taken_by = answer_all(county, phones, worker)
    assert {declined_by, taken_by} == {carer.pk for carer in county.workers}
    assert statuses() == {"reserved": 5, "open": 1}
    assert Counter(Offer.objects.values_list("status", flat=True)) == {"accepted": 6, "declined": 1}
    assert Counter(PlanRun.objects.values_list("is_repair", "status")) == {
        (False, "published"): 1,
        (True, "published"): 1,
    }

    # Called off: its carer is let go and its minutes return.
    cancel_visit(visit=county.meal, reason="去女儿家", actor=None, now=NOW)
    settled(worker)
    assert Assignment.objects.get(visit=county.meal).status == "released"
    assert uses()["E5"] == (30, "returned")

    # Lived: every check over the interface, every visit verified by its own evidence.
    live_the_day(phones, set_clock)
    assert statuses() == {"verified": 4, "cancelled": 1, "open": 1}

    # Past midnight: what nobody could serve says so, and keeps its reasons.
    set_clock(at("23:59") + timedelta(minutes=2))
    for _twice in range(2):
        current_app.send_task("dispatch.offers.tasks.expire_due")
        current_app.send_task("dispatch.offers.tasks.give_up_passed_days")
    settled(worker)
    assert statuses() == {"verified": 4, "cancelled": 1, "unserved": 1}
    county.therapy.refresh_from_db()
    assert [each["code"] for each in county.therapy.unserved_reasons] == ["no_certified_carer_on_duty"]

    # Paid: the volunteer's 45 minutes at double rate, once; each elder's government minutes, once.
    earned = Transfer.objects.get()
    assert (earned.minutes, earned.kind, earned.cause) == (90, "EARN", f"visit:{county.company.pk}")
    assert phones[county.volunteer.pk].get("me/credits/")["balance_minutes"] == 90
    assert ledger_sum() == 0
    assert verify_ledger() == []
    assert uses() == {
        "E1": (60, "consumed"),
        "E2": (45, "consumed"),
        "E4": (60, "consumed"),
        "E5": (30, "returned"),
        "E6": (60, "returned"),
    }
    assert Counter(Order.objects.values_list("status", flat=True)) == {"completed": 4, "cancelled": 1, "partly_done": 1}

    # Counted: the verified visits and no other.
    verified = set(Visit.objects.filter(status="verified").values_list("pk", flat=True))
    assert {row["visit"] for row in counted_visits(MONTH)} == verified
    organisation = county.workers[0].organisation
    assert organisation
    assert {
        (row.service, row.organisation, row.carer_kind, row.payer): (row.person_times, row.elders, row.minutes)
        for row in county_counts(MONTH)
    } == {
        ("BATH", organisation.name, "WORKER", "GOVERNMENT"): (1, 1, 60),
        ("CLEAN", organisation.name, "WORKER", "GOVERNMENT"): (1, 1, 60),
        ("CLEAN", organisation.name, "WORKER", "SELF_PAY"): (1, 1, 60),
        ("WELFARE", "", "VOLUNTEER", "GOVERNMENT"): (1, 1, 45),
    }
    assert {row.town for row in county_counts(MONTH)} == {county.bath.town.name}
