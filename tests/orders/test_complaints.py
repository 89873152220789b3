"""A complaint from the telephone to its end: deadline, who may do what, what must be said, and who is late."""

from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from orders.models import CallRecord, Complaint, ComplaintEvent
from orders.selectors import complaints_visible_to, overdue, unsettled_complaints
from orders.services.complaints import file_complaint, reject, reopen, resolve, take_up
from people.errors import DomainError, Invalid, LostRace, NotAllowed, WrongState
from people.form_keys import KeyReused
from people.models import PolicySetting, TownDuty
from people.roles import Role
from tests.cast import Cast, make_user
from tests.dispatch.threads import together
from tests.orders import make

pytestmark = pytest.mark.django_db

TODAY, NOW = make.TODAY, make.NOW
FOUND = "护理员迟到四十分钟，未打电话"


def user(role: Role) -> User:
    return User.objects.filter(username=role).first() or make_user(role.value, role)


def filed(**changes: Any) -> Complaint:
    elder = changes.pop("elder", None) or make.elder(f"E{Complaint.objects.count() + 1}")
    values = {"key": uuid4(), "complained_by": elder.person, "text": "约好九点，十点才来", "now": NOW}
    return file_complaint(elder=elder, **({"actor": user(Role.OPERATOR)} | values | changes))


def looked_into() -> Complaint:
    complaint = filed()
    take_up(complaint=complaint, actor=user(Role.ADMINISTRATOR), now=NOW)
    return complaint


def settled(now=NOW) -> Complaint:
    complaint = looked_into()
    resolve(complaint=complaint, findings=FOUND, outcome="APOLOGISED", actor=user(Role.ADMINISTRATOR), now=now)
    return complaint


def story(complaint: Complaint) -> list[tuple[str, str]]:
    return [(event.new, event.reason) for event in complaint.events.order_by("pk")]


class TestFiling:
    def test_it_is_open_with_its_deadline(self) -> None:
        call = CallRecord.objects.create(call_id="1", direction="in", started_at=NOW)
        visit = make.visit(make.elder(), make.item())

        complaint = filed(elder=visit.elder, visit=visit, call=call, text="  约好九点，十点才来 ")

        stored = Complaint.objects.get()
        assert stored == complaint
        assert (stored.status, stored.text) == ("open", "约好九点，十点才来")
        assert (stored.visit, stored.order, stored.call) == (visit, visit.order_item.order, call)
        assert (stored.received_at, stored.deadline) == (NOW, TODAY + timedelta(days=15))
        assert story(stored) == [("open", "")]
        assert stored.events.get().actor == user(Role.OPERATOR)

    def test_the_county_chooses_how_long_it_may_take(self) -> None:
        PolicySetting.objects.create(key="complaint_days", value=5, effective_from=TODAY, owner="民政局")

        assert filed().deadline == TODAY + timedelta(days=5)

    def test_the_same_key_again_is_the_same_complaint(self) -> None:
        first = filed(key=UUID(int=7))

        assert filed(key=UUID(int=7), elder=first.elder, text="又点了一次") == first
        assert (Complaint.objects.count(), ComplaintEvent.objects.count()) == (1, 1)
        assert Complaint.objects.get().text == "约好九点，十点才来"

    def test_a_key_of_another_elder_s_complaint_is_refused(self) -> None:
        filed(key=UUID(int=7))

        with pytest.raises(KeyReused):
            filed(key=UUID(int=7), elder=make.elder("E8"))

        assert (Complaint.objects.count(), ComplaintEvent.objects.count()) == (1, 1)

    @pytest.mark.parametrize("text", ["", " \n", "很" * 2001])
    def test_words_that_are_refused(self, text: str) -> None:
        with pytest.raises(Invalid) as refusal:
            filed(text=text)

        assert list(refusal.value.fields) == ["text"]
        assert Complaint.objects.count() == 0

    def test_the_longest_words_fit(self) -> None:
        assert len(filed(text="😀" * 2000).text) == 2000

    def test_another_elder_s_visit_or_order_is_refused(self) -> None:
        visit = make.visit(make.elder("E9"), make.item())

        mine = make.elder("E8")
        for wrong in ({"visit": visit}, {"order": visit.order_item.order}):
            with pytest.raises(Invalid) as refusal:
                filed(elder=mine, **wrong)
            assert list(refusal.value.fields) == ["visit"]
        assert Complaint.objects.count() == 0

    @pytest.mark.parametrize(
        ("role", "may"), [(role, role in (Role.OPERATOR, Role.ADMINISTRATOR)) for role in Role], ids=str
    )
    def test_who_takes_it_down(self, role: Role, may: bool) -> None:
        if may:
            assert filed(actor=user(role)).pk
        else:
            with pytest.raises(NotAllowed):
                filed(actor=user(role))
            assert Complaint.objects.count() == 0


class TestSettling:
    def test_resolved_with_what_was_found_and_what_came_of_it(self) -> None:
        complaint = settled()

        stored = Complaint.objects.get()
        assert (stored.status, stored.outcome) == ("resolved", "APOLOGISED")
        assert stored.findings == f"2026-09-14 {FOUND}"
        assert stored.handled_by == user(Role.ADMINISTRATOR)
        assert story(complaint) == [("open", ""), ("investigating", ""), ("resolved", "APOLOGISED")]

    def test_groundless_with_what_was_found(self) -> None:
        complaint = looked_into()

        reject(complaint=complaint, findings="签到记录为九点", actor=user(Role.ADMINISTRATOR), now=NOW)

        stored = Complaint.objects.get()
        assert (stored.status, stored.outcome, stored.findings) == ("rejected", "", "2026-09-14 签到记录为九点")

    def test_reopened_and_settled_again_keeps_what_was_found_first(self) -> None:
        complaint, administrator, later = settled(), user(Role.ADMINISTRATOR), NOW + timedelta(days=20)

        reopen(complaint=complaint, reason="又迟到", actor=administrator, now=later)

        assert (complaint.status, complaint.outcome) == ("reopened", "")
        assert complaint.deadline == TODAY + timedelta(days=35)
        take_up(complaint=complaint, actor=administrator, now=later)
        resolve(complaint=complaint, findings="已换人", outcome="CARER_CHANGED", actor=administrator, now=later)
        stored = Complaint.objects.get()
        assert stored.findings == f"2026-09-14 {FOUND}\n2026-10-04 已换人"
        assert story(stored)[2:] == [
            ("resolved", "APOLOGISED"),
            ("reopened", "又迟到"),
            ("investigating", ""),
            ("resolved", "CARER_CHANGED"),
        ]

    @pytest.mark.parametrize(
        ("service", "field"),
        [
            (partial(resolve, findings=" ", outcome="EXPLAINED"), "findings"),
            (partial(resolve, findings="很" * 2001, outcome="EXPLAINED"), "findings"),
            (partial(resolve, findings=FOUND, outcome=""), "outcome"),
            (partial(resolve, findings=FOUND, outcome="FORGOTTEN"), "outcome"),
            (partial(reject, findings=""), "findings"),
        ],
    )
    def test_what_must_be_said(self, service: Any, field: str) -> None:
        complaint = looked_into()

        with pytest.raises(Invalid) as refusal:
            service(complaint=complaint, actor=user(Role.ADMINISTRATOR), now=NOW)

        assert list(refusal.value.fields) == [field]
        assert (Complaint.objects.get().status, len(story(complaint))) == ("investigating", 2)

    def test_reopening_needs_a_reason(self) -> None:
        complaint = settled()

        with pytest.raises(Invalid):
            reopen(complaint=complaint, reason=" ", actor=user(Role.ADMINISTRATOR), now=NOW)

        assert Complaint.objects.get().status == "resolved"


STEPS: dict[str, Any] = {
    "take_up": take_up,
    "resolve": partial(resolve, findings=FOUND, outcome="EXPLAINED"),
    "reject": partial(reject, findings=FOUND),
    "reopen": partial(reopen, reason="又迟到"),
}
FROM: dict[str, Any] = {"open": filed, "investigating": looked_into, "resolved": settled}


@pytest.mark.parametrize(
    ("status", "step"),
    [
        ("open", "resolve"),
        ("open", "reject"),
        ("open", "reopen"),
        ("investigating", "take_up"),
        ("investigating", "reopen"),
        ("resolved", "take_up"),
        ("resolved", "resolve"),
        ("resolved", "reject"),
    ],
)
def test_steps_out_of_order_are_refused(status: str, step: str) -> None:
    complaint = FROM[status]()
    before = story(complaint)

    with pytest.raises(WrongState):
        STEPS[step](complaint=complaint, actor=user(Role.ADMINISTRATOR), now=NOW)

    assert (Complaint.objects.get().status, story(complaint)) == (status, before)


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR], ids=str)
@pytest.mark.parametrize(
    ("status", "step"),
    [("open", "take_up"), ("investigating", "resolve"), ("investigating", "reject"), ("resolved", "reopen")],
)
def test_only_administrators_settle_and_a_dispatcher_may_take_up(role: Role, status: str, step: str) -> None:
    complaint = FROM[status]()
    actor = user(role)

    if (role, step) == (Role.DISPATCHER, "take_up"):
        take_up(complaint=complaint, actor=actor, now=NOW)
        assert Complaint.objects.get().handled_by == actor
    else:
        with pytest.raises(NotAllowed):
            STEPS[step](complaint=complaint, actor=actor, now=NOW)
        assert Complaint.objects.get().status == status


def test_a_dispatcher_of_another_town_neither_sees_it_nor_takes_it_up() -> None:
    complaint, dispatcher = filed(), user(Role.DISPATCHER)
    TownDuty.objects.create(user=dispatcher, town=make.town("T2"))

    assert list(complaints_visible_to(dispatcher)) == []
    with pytest.raises(NotAllowed):
        take_up(complaint=complaint, actor=dispatcher, now=NOW)
    assert Complaint.objects.get().status == "open"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_it_up_at_once_one_is_told() -> None:
    complaint = filed()
    actors = [user(Role.ADMINISTRATOR), user(Role.DISPATCHER)]
    copies = [Complaint.objects.get(pk=complaint.pk) for _ in actors]

    outcomes = together(
        [partial(take_up, complaint=copy, actor=actor, now=NOW) for copy, actor in zip(copies, actors, strict=True)]
    )

    [lost] = [outcome for outcome in outcomes if isinstance(outcome, DomainError)]
    assert isinstance(lost, LostRace)
    assert Complaint.objects.get().handled_by == actors[outcomes.index(None)]
    assert len(story(complaint)) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "resolved"},  # without an outcome
        {"outcome": "EXPLAINED"},  # without being resolved
        {"handled_by": None},  # looked into by nobody
        {"status": "forgotten"},
    ],
)
def test_what_the_database_refuses(changes: dict[str, Any]) -> None:
    looked_into()

    with pytest.raises(IntegrityError), transaction.atomic():
        Complaint.objects.update(**changes)


class TestLists:
    def test_unsettled_ones_of_an_elder_the_most_urgent_first(self) -> None:
        elder = make.elder("L1")
        late = filed(elder=elder, now=NOW)
        early = filed(elder=elder, now=NOW - timedelta(days=3))
        done = filed(elder=elder)
        Complaint.objects.filter(pk=done.pk).update(
            status="resolved", outcome="OTHER", handled_by=user(Role.ADMINISTRATOR)
        )
        filed()

        assert list(unsettled_complaints(elder)) == [early, late]
        assert unsettled_complaints(elder).count() == 2

    @pytest.mark.parametrize(("day", "late"), [(date(2026, 9, 29), False), (date(2026, 9, 30), True)])
    def test_overdue_from_the_day_after_the_deadline(self, day: date, late: bool) -> None:
        complaint = filed()  # to be settled by 29 September
        settled()

        assert list(overdue(Complaint.objects.all(), on=day)) == ([complaint] if late else [])


class TestThePage:
    def open(self, who: Any, name: str, *args: int, **typed: str) -> Any:
        client = Client()
        client.force_login(who)
        address = reverse(f"admin:orders_complaint_{name}", args=args)
        return client.post(address, typed) if typed else client.get(address)

    @pytest.fixture(autouse=True)
    def _clock(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("people.clock.now", lambda: NOW + timedelta(days=20))

    @pytest.fixture
    def complaint(self, cast: Cast) -> Complaint:
        return filed(elder=cast.elder, text="打过13800138000没人接", actor=cast.operator)

    def test_the_desk_reads_it_with_numbers_masked(self, cast: Cast, complaint: Complaint) -> None:
        for who in (cast.operator, cast.dispatcher, cast.administrator, cast.auditor):
            page = self.open(who, "change", complaint.pk).content.decode()
            assert "打过138****8000没人接" in page
            assert "13800138000" not in page

    def test_the_overdue_are_a_filter(self, cast: Cast, complaint: Complaint) -> None:
        client = Client()
        client.force_login(cast.auditor)
        address = reverse("admin:orders_complaint_changelist")

        assert "张桂兰" in client.get(address, {"overdue": "yes"}).content.decode()
        Complaint.objects.update(deadline=TODAY + timedelta(days=20))
        assert "张桂兰" not in client.get(address, {"overdue": "yes"}).content.decode()
        assert "张桂兰" in client.get(address).content.decode()

    def test_an_administrator_looks_into_it_settles_and_reopens_it(self, cast: Cast, complaint: Complaint) -> None:
        boss = cast.administrator

        assert self.open(boss, "take_up", complaint.pk, go="1").status_code == 302
        assert self.open(boss, "resolve", complaint.pk, findings="", outcome="OTHER").status_code == 200
        assert Complaint.objects.get().status == "investigating"
        assert self.open(boss, "resolve", complaint.pk, findings="已核实", outcome="OTHER").status_code == 302
        assert Complaint.objects.get().status == "resolved"
        assert self.open(boss, "reopen", complaint.pk, reason="又来电").status_code == 302
        assert self.open(boss, "take_up", complaint.pk, go="1").status_code == 302
        assert self.open(boss, "reject", complaint.pk, findings="查无此事").status_code == 302
        assert Complaint.objects.get().status == "rejected"

    def test_the_others_have_no_such_button(self, cast: Cast, complaint: Complaint) -> None:
        for who in (cast.operator, cast.dispatcher, cast.auditor):
            assert self.open(who, "resolve", complaint.pk, findings="x", outcome="OTHER").status_code == 403
        for who in (cast.operator, cast.auditor):
            assert self.open(who, "take_up", complaint.pk, go="1").status_code == 403
        assert Complaint.objects.get().status == "open"
