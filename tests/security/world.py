"""A county with something worth hiding, and everybody who should not get at it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib.auth.models import User
from django.test import Client
from rest_framework.test import APIClient

from dispatch.offers.models import LateAlarm, Offer
from dispatch.offers.services.late import look_for_late_work
from dispatch.planning.models import PlanRun
from dispatch.urgent.models import UrgentCall
from dispatch.urgent.services.raise_call import call_for_help
from dispatch.visits.models import Assignment, Flag
from orders.models import CallBack, CallRecord, Contact, Visit
from orders.services.call_hooks import Hook, receive_hook
from people.models import Device, Gender
from people.roles import Role
from people.services import log_in_device, revoke_device
from tests.cast import Cast, id_number, make_carer, make_person, make_user
from tests.dispatch.factories import ask, ask_pool, check, promise
from tests.orders import make
from tests.orders.make import NOW, TODAY, at
from volunteers.models import Absence, Availability, Carer, CarerSkill, Organisation


@dataclass(frozen=True)
class World:
    """The cast with work of every kind, a rival organisation, and logins that should not work."""

    cast: Cast
    rival_manager: User
    rival_carer: Carer
    open_offer: Offer  # to the worker, unanswered
    rival_offer: Offer  # to the rival carer, unanswered
    pool_offer: Offer  # to the volunteer
    promised: Assignment  # the worker's, still to come
    begun: Assignment  # the worker's, checked in
    late: Assignment  # of the elder who is a carer too: due, and nobody came
    late_alarm: LateAlarm  # about it, before the dispatcher
    doubt: Flag  # on work of the volunteer
    urgent: UrgentCall  # nobody is able to come
    run: PlanRun
    call: CallRecord  # ringing at every operator
    call_back: CallBack  # of a call of the elder's that nobody took
    contact: Contact  # the neighbour of the cast's elder, who may only ask
    absence: Absence  # of the worker's, still to come
    offered_time: Availability  # of the worker's
    device: Device  # the worker's phone
    revoked_token: str

    @property
    def rival_user(self) -> User:
        assert self.rival_carer.person.user
        return self.rival_carer.person.user

    def users(self) -> dict[str, User]:
        """Everybody with a login, by part."""
        return self.cast.everybody() | {"rival manager": self.rival_manager, "rival carer": self.rival_user}

    def api(self, part: str) -> APIClient:
        """A phone of that part: "anonymous", "revoked" (a token that was ended), or a user's with a live token."""
        client = APIClient(raise_request_exception=False)
        if part == "revoked":
            client.credentials(HTTP_AUTHORIZATION=f"Token {self.revoked_token}")
        elif part != "anonymous":
            _device, token = log_in_device(user=self.users()[part], name="phone", now=NOW)
            client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
        return client

    def browser(self, part: str) -> Client:
        """A browser of that part, logged in unless it is "anonymous"."""
        client = Client(raise_request_exception=False)
        if part != "anonymous":
            client.force_login(self.users()[part], backend="django.contrib.auth.backends.ModelBackend")
        return client


def build(cast: Cast) -> World:
    """Write it all, as of NOW (07:00 of TODAY)."""
    for carer in (cast.worker, cast.volunteer, cast.both_carer):
        CarerSkill.objects.create(carer=carer, code="CLEAN")
    Carer.objects.filter(pk=cast.worker.pk).update(has_smartphone=False)  # so that a PIN may be issued
    rival = Organisation.objects.create(
        code="91320826MA1RIVAL0X",
        name="康乐服务站",
        kind=Organisation.Kind.COMPANY,
        town=cast.gaogou,
        active_from=date(2026, 1, 1),
    )
    rival.managers.add(rival_manager := make_user("rivalmanager", Role.ORGANISATION_MANAGER, name="钱进"))
    person = make_person(
        "孙丽",
        Gender.FEMALE,
        cast.gaogou,
        phones=("13900139009",),
        number=id_number(date(1960, 5, 6), Gender.FEMALE),
        user=make_user("sunli", Role.CARER, name="孙丽"),
    )
    rival_carer = make_carer(person, "C0009", organisation=rival)
    CarerSkill.objects.create(carer=rival_carer, code="CLEAN")
    item = make.item(name="助洁")

    def visit(start: str, end: str) -> Visit:
        return make.visit(cast.elder, item, start=start, end=end)

    [open_offer] = ask(visit("13:00", "14:00"), cast.worker, start="13:00")
    [rival_offer] = ask(make.visit(cast.both_elder, item, start="13:00", end="14:00"), rival_carer, start="13:00")
    [pool_offer] = ask_pool(visit("15:00", "16:00"), cast.volunteer, start="15:00")
    [promised] = promise(visit("10:00", "11:00"), cast.worker, start="10:00")
    [begun] = promise(visit("07:00", "08:00"), cast.worker, start="07:00")
    check(begun, "in", "07:00")
    [late] = promise(visit("07:00", "08:00"), cast.both_carer, start="07:00")
    for clock in ("07:15", "07:25"):
        look_for_late_work(now=at(clock))
    [doubtful] = promise(visit("07:00", "08:00"), cast.volunteer, start="07:00")
    check(doubtful, "in", "07:00", latitude=33.0)
    make.item("URGENT", name="助急")
    urgent = call_for_help(elder=cast.elder, note="摔倒", actor=cast.operator, now=NOW)
    run = PlanRun.objects.create(
        town=cast.gaogou, day=TODAY + timedelta(days=1), status="solved", requested_at=NOW, finished_at=NOW
    )
    contact = Contact.objects.create(elder=cast.elder, person=cast.volunteer.person, relation="邻居")
    ended, revoked_token = log_in_device(user=cast.worker_user, name="lost phone", now=NOW)
    revoke_device(device=ended, actor=cast.worker_user, now=NOW)
    device, _token = log_in_device(user=cast.worker_user, name="phone", now=NOW)
    absence = Absence.objects.create(
        carer=cast.worker, start=NOW + timedelta(days=7), end=NOW + timedelta(days=8), reason="LEAVE"
    )
    offered_time = Availability.objects.create(
        carer=cast.worker, weekday=5, start_minute=480, end_minute=720, valid_from=TODAY
    )
    return World(
        cast,
        rival_manager,
        rival_carer,
        open_offer,
        rival_offer,
        pool_offer,
        promised,
        begun,
        late,
        late.late_alarm,
        doubtful.flags.get(),
        urgent,
        run,
        receive_hook(hook=Hook("newCall", "ringing", caller="13800138000"), now=NOW),
        receive_hook(hook=Hook("hangup", "missed", caller="13800138000"), now=NOW).call_backs.get(),
        contact,
        absence,
        offered_time,
        device,
        revoked_token,
    )


def moment() -> datetime:
    """Shortly after NOW: inside every offer's life."""
    return at("07:05")
