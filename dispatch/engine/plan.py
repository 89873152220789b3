"""What the engine answers: a route per carer, and a reason for each visit left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from dispatch.engine.params import Params


class ReasonCode(StrEnum):
    """Why a visit is not in the plan, in words a dispatcher can act on."""

    NO_CERTIFIED_CARER_ON_DUTY = "no_certified_carer_on_duty"  # nobody today has the skills
    NO_CARER_ON_SHIFT = "no_carer_on_shift"  # the skilled are not on shift in the window
    GENDER = "gender"  # only carers of the wrong gender are left
    BARRED = "barred"  # only carers who must not come (to him) are left
    WORKERS_ONLY = "workers_only"  # only volunteers are left
    DECLINED_BY_ALL = "declined_by_all"  # everyone who could was asked and did not accept
    OUT_OF_EVERY_RADIUS = "out_of_every_radius"  # too far for every volunteer who could
    DAILY_MAXIMUM_REACHED = "daily_maximum_reached"  # those who could have all they may do today
    ORGANISATION_LIMIT_REACHED = "organisation_limit_reached"  # so have the organisations of the others
    TWO_VISITS_AT_ONCE = "two_visits_at_once"  # the person has another visit in the whole window
    NO_CARER_FREE_IN_WINDOW = "no_carer_free_in_window"  # those who could are busy
    DOUBLE_UP_HAS_ONLY_ONE = "double_up_has_only_one"  # one carer fits, the other is missing
    NOT_FOUND_IN_TIME = "not_found_in_time"  # it would fit, the search ended before
    PIN_DOES_NOT_FIT = "pin_does_not_fit"  # pinned to a carer whose day has no room for it


class RelaxationKind(StrEnum):
    """The one thing that somebody would have to agree to."""

    LATER = "later"  # minutes past the last allowed start
    EARLIER = "earlier"  # minutes before the first allowed start
    OVERTIME = "overtime"  # minutes past the overtime the carer may do
    EARLY_SHIFT = "early_shift"  # minutes before the carer's first shift
    MORE_VISITS = "more_visits"  # visits past the carer's daily maximum
    MORE_MINUTES = "more_minutes"  # minutes past the carer's daily maximum
    FURTHER = "further"  # metres past the carer's radius
    ASK_AGAIN = "ask_again"  # the carer declined or did not answer; 1 visit
    VOLUNTEER = "volunteer"  # a volunteer where a paid worker is asked for; 1 visit

    @property
    def unit(self) -> str:
        if self is RelaxationKind.FURTHER:
            return "metre"
        by_visit = (RelaxationKind.MORE_VISITS, RelaxationKind.ASK_AGAIN, RelaxationKind.VOLUNTEER)
        return "visit" if self in by_visit else "minute"


class Status(StrEnum):
    SEARCHED = "searched"  # the search ran until its stop
    CONSTRUCTED = "constructed"  # construction and repair only: no time, or no better plan met
    CANCELLED = "cancelled"  # the best plan met before somebody cancelled


@dataclass(frozen=True, slots=True)
class Stop:
    """One leg on a route. `arrive` is the earliest arrival, the carer then waits until `start`."""

    visit: str
    leg: str
    arrive: int
    start: int
    end: int
    travel: int  # minutes on the road to get here


@dataclass(frozen=True, slots=True)
class Route:
    """A carer's day; an unused carer has no stops and depart == back."""

    carer: str
    depart: int  # just in time for the first stop
    stops: tuple[Stop, ...]
    back: int  # arrival at the end place
    lunch: tuple[int, int] | None = None  # start and end of the break
    overtime: int = 0  # minutes of `back` past the end of the last shift
    travel: int = 0  # minutes on the road, from and back to his places


@dataclass(frozen=True, slots=True)
class Reason:
    """One named reason. `proven` = no plan with the same pinned work could serve the visit."""

    code: ReasonCode
    proven: bool
    detail: tuple[tuple[str, str | int], ...] = ()


@dataclass(frozen=True, slots=True)
class Relaxation:
    """With this one thing relaxed the plan as it stands could serve the visit."""

    kind: RelaxationKind
    amount: int  # in the kind's unit
    carers: tuple[str, ...]  # who would come, the one of whom it is asked first
    start: int  # of the first part that is still missing
    extra_travel: int  # minutes


@dataclass(frozen=True, slots=True)
class Unserved:
    visit: str
    reasons: tuple[Reason, ...]
    relaxation: Relaxation | None = None  # the cheapest that was found


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums over the plan; minutes unless said. `cost` is in points of the params."""

    served: int = 0  # visits with all their legs
    unserved: int = 0
    travel: int = 0
    service: int = 0
    waiting: int = 0  # idle between two stops of a carer, lunch not counted
    lateness: int = 0
    highest_lateness: int = 0
    overtime: int = 0
    missed_lunches: int = 0
    not_preferred: int = 0  # legs
    continuity_lost: int = 0  # weight
    highest_idle: int = 0  # of all carers: shifts + own overtime - travel - service - break
    worker_minutes: int = 0  # service given by paid workers
    volunteer_minutes: int = 0
    unfairness: int = 0  # popular legs, each times the popular legs its carer had before it
    changed_carers: int = 0  # published legs with another carer
    changed_minutes: int = 0  # by which published legs start later or earlier than told
    cost: int = 0


@dataclass(frozen=True, slots=True)
class Scarcity:
    """What more of it would save, in points, by the linear relaxation behind the bound; only above 0."""

    carers: tuple[tuple[str, int], ...]  # one more such day of the carer, most first
    hours: tuple[tuple[int, int], ...]  # hour of the day -> mean price of serving work whose windows open in it


@dataclass(frozen=True, slots=True)
class Plan:
    """The answer of one run; `routes` has one entry per carer, in the problem's order."""

    routes: tuple[Route, ...]
    unserved: tuple[Unserved, ...]
    figures: Figures
    params: Params = field(default_factory=Params)
    seed: int = 0
    seconds: float = 0.0
    bound: int | None = None  # no plan can cost less; None = no bound is known
    scarce: Scarcity | None = None
    status: Status = Status.CONSTRUCTED

    @property
    def gap(self) -> float | None:
        """By which share of its cost the plan may be above the best possible one, None when no bound is known."""
        if self.bound is None:
            return None
        return (self.figures.cost - self.bound) / self.figures.cost if self.figures.cost else 0.0
