"""Every number that the county chooses for itself: key, default, unit and meaning; stored rows override by date."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from people.errors import Text
from people.models import PolicySetting

Value = int | float | str | bool


@dataclass(frozen=True, slots=True)
class Default:
    value: Value
    unit: Text
    meaning: Text


DEFAULTS: dict[str, Default] = {
    "offer_life_minutes": Default(30, _("minutes"), _("how long an ordinary offer waits for an answer")),
    "quiet_from_hour": Default(
        21, _("hour of the day"), _("an ordinary offer made later has time from the morning on")
    ),
    "quiet_until_hour": Default(7, _("hour of the day"), _("then the time to answer offers of the night begins")),
    "pool_life_minutes": Default(120, _("minutes"), _("how long ordinary work stands in the open pool")),
    "pool_asked_at_most": Default(30, _("people"), _("how many carers the open pool asks about one part of a visit")),
    "pool_head_start_minutes": Default(
        10, _("minutes"), _("whoever had more popular work than the others is asked so much later in the open pool")
    ),
    "urgent_offer_life_minutes": Default(5, _("minutes"), _("how long an urgent offer waits for an answer")),
    "urgent_asked_at_once": Default(3, _("people"), _("how many carers are asked at each step of urgent help")),
    "urgent_next_seconds": Default(60, _("seconds"), _("urgent help asks the next carers after this")),
    "urgent_alarm_seconds": Default(
        120, _("seconds"), _("urgent help that nobody has accepted raises the alarm after this")
    ),
    "urgent_window_minutes": Default(120, _("minutes"), _("how long after the call urgent help may still begin")),
    "least_rest_minutes": Default(480, _("minutes"), _("least rest of a carer between two days of work")),
    "visit_buffer_minutes": Default(5, _("minutes"), _("least gap between two visits of a carer, beyond travel")),
    "window_tolerance_minutes": Default(15, _("minutes"), _("half width of the window of a time-critical visit")),
    "fence_metres": Default(150, _("metres"), _("a check-in further away, beyond the accuracy, is flagged")),
    "clock_skew_minutes": Default(5, _("minutes"), _("a device clock further off is flagged")),
    "late_alarm_minutes": Default(15, _("minutes"), _("no check-in by then raises an alarm")),
    "late_escalation_minutes": Default(
        10, _("minutes"), _("how long after the carer the dispatcher is alarmed, when nobody has checked in")
    ),
    "missed_after_minutes": Default(
        60, _("minutes"), _("no check-in so long after the planned start: the visit counts as missed")
    ),
    "check_in_window_minutes": Default(
        120, _("minutes"), _("a check-in further from the planned start, before or after, is flagged")
    ),
    "short_visit_share": Default(
        0.7,
        _("share"),
        _("a visit shorter than this share of the planned minutes is flagged"),
    ),
    "long_visit_share": Default(
        1.5,
        _("share"),
        _("a visit longer than this share of the planned minutes is flagged"),
    ),
    "long_visit_minutes": Default(15, _("minutes"), _("a visit less than this beyond the plan is not too long")),
    "impossible_travel_km_per_hour": Default(
        60,
        _("km/h as the crow flies"),
        _("nobody moves faster between two visits; such evidence is flagged"),
    ),
    "address_hours_after_visit": Default(
        24, _("hours"), _("how long a carer still sees the elder's address afterwards")
    ),
    "volunteer_radius_metres": Default(
        5000,
        _("metres"),
        _("how far a volunteer goes from home unless the carer says otherwise"),
    ),
    "detour_factor": Default(1.35, _("factor"), _("road distance over great-circle distance")),
    "walk_km_per_hour": Default(4.5, _("km/h"), _("speed on foot")),
    "ebike_km_per_hour": Default(18, _("km/h"), _("speed by e-bike")),
    "car_km_per_hour": Default(30, _("km/h"), _("speed by car on county roads")),
    "advanced_age_years": Default(80, _("years"), _("from this age an elder is 高龄")),
    "holding_cap_minutes": Default(
        90_000,
        _("minutes"),
        _("most a person's time account may hold (1,500 h, after Nanjing)"),
    ),
    "holding_warning_share": Default(
        0.9,
        _("share"),
        _("a time account that holds this share of the holding cap is listed as a warning"),
    ),
    "overflow_rule": Default(
        "DONATE",
        _("STOP, DONATE or HONOUR"),
        _("what happens to credit above the holding cap"),
    ),
    "daily_cap_minutes": Default(0, _("minutes"), _("most a volunteer may be credited a day; 0 is off")),
    "county_elders": Default(
        218_600,
        _("people"),
        _("residents of 60 and over (2021 register), one denominator of the coverage"),
    ),
    "month_cut_off_day": Default(5, _("day of the month"), _("the previous month is closed from this day")),
    "electronic_share_target": Default(
        0.8, _("share"), _("how many of an organisation's visits a month are to be proved by a device, not by hand")
    ),
    "materialise_days": Default(28, _("days"), _("how far ahead visits of a recurring order are made")),
    "plan_seconds": Default(4, _("seconds"), _("how long the engine may search for one town's day")),
    "proof_seconds": Default(0, _("seconds"), _("how long the engine then proves how good a plan can be at all")),
    "repair_seconds": Default(1, _("seconds"), _("how long the engine may search when it only fills holes")),
    "fairness_days": Default(28, _("days"), _("how far back popular work counts when more of it is shared out")),
    "continuity_half_life_days": Default(30, _("days"), _("after this a past visit counts half towards a usual carer")),
    "continuity_visit_minutes": Default(
        2, _("minutes of travel"), _("what one fresh past visit by the same carer is worth")
    ),
    "named_carer_minutes": Default(
        60, _("minutes of travel"), _("what it is worth to send the carer whom an order names")
    ),
    "continuity_most_minutes": Default(15, _("minutes of travel"), _("most that knowing a carer may be worth")),
    "hotline": Default("12349", _("telephone number"), _("the number that messages tell people to call")),
    "message_from_hour": Default(7, _("hour of the day"), _("nobody gets a message earlier in the morning")),
    "message_until_hour": Default(21, _("hour of the day"), _("from then on messages wait for the morning")),
    "complaint_days": Default(15, _("days"), _("how long a complaint may take to be settled")),
}


_Rows = dict[str, list[tuple[date, Value]]]
_read: ContextVar[_Rows | None] = ContextVar("policy_read", default=None)


@contextmanager
def read_once() -> Iterator[None]:
    """Within this block, or a function so decorated, every setting comes from one query: one deed, one set of rules."""
    if _read.get() is not None:
        yield
        return
    rows: _Rows = {}
    stored = PolicySetting.objects.order_by("effective_from").values_list("key", "effective_from", "value")
    for key, effective_from, each in stored:
        rows.setdefault(key, []).append((effective_from, each))
    token = _read.set(rows)
    try:
        yield
    finally:
        _read.reset(token)


def value(key: str, *, on: date) -> Value:
    """The value of a setting on a day: the newest stored row not after it, else the default.

    Raises KeyError for a key that is not listed here.
    """
    default = DEFAULTS[key]
    rows = _read.get()
    stored = _newest(key, on) if rows is None else _newest_of(rows.get(key, []), on)
    return default.value if stored is None else stored


def minutes(key: str, *, on: date) -> int:
    """An integer setting (minutes, metres, days)."""
    return int(value(key, on=on))


def number(key: str, *, on: date) -> float:
    """A decimal setting (share, factor, km/h)."""
    return float(value(key, on=on))


def _newest(key: str, on: date) -> Value | None:
    settings = PolicySetting.objects.filter(key=key, effective_from__lte=on).order_by("-effective_from")
    return settings.values_list("value", flat=True).first()


def _newest_of(rows: list[tuple[date, Value]], on: date) -> Value | None:
    return next((each for effective_from, each in reversed(rows) if effective_from <= on), None)
