"""The catalogue of rules: each with its name, unit, hardness and text key.

`verify` names the rule a plan breaks, `explain` the rule that keeps a carer away.
The texts are message ids; the pages translate them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Rule(StrEnum):
    """Names of the rules; the catalogue below tells their unit and text."""

    # Who may do it
    SKILLS = "skills"
    GENDER = "gender"
    BARRED = "barred"
    OWN_PERSON = "own_person"
    WORKERS_ONLY = "workers_only"
    FORBIDDEN = "forbidden"
    RADIUS = "radius"
    # How much a carer may do
    MAX_VISITS = "max_visits"
    MAX_MINUTES = "max_minutes"
    ORGANISATION_LIMIT = "organisation_limit"
    # When
    WINDOW = "window"
    SHIFT = "shift"
    EARLIEST = "earliest"
    NOT_EARLIER = "not_earlier"
    LUNCH = "lunch"
    OVERTIME_LIMIT = "overtime_limit"
    SEQUENCE = "sequence"
    DURATION = "duration"
    # What belongs together
    LINK = "link"
    DISTINCT_CARERS = "distinct_carers"
    ONE_AT_A_TIME = "one_at_a_time"
    ALL_OR_NONE = "all_or_none"
    ONCE = "once"
    MANDATORY = "mandatory"
    PINNED = "pinned"
    FIGURES = "figures"
    # Prices
    TRAVEL = "travel"
    LATENESS = "lateness"
    HIGHEST_LATENESS = "highest_lateness"
    WAITING = "waiting"
    HIGHEST_IDLE = "highest_idle"
    OVERTIME = "overtime"
    MISSED_LUNCH = "missed_lunch"
    NOT_PREFERRED = "not_preferred"
    CONTINUITY = "continuity"
    PAID_MINUTES = "paid_minutes"
    FAIRNESS = "fairness"
    CHANGED_CARER = "changed_carer"
    CHANGED_START = "changed_start"
    UNSERVED = "unserved"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the catalogue; `unit` is what is counted when the rule bites."""

    rule: Rule
    hard: bool
    unit: str
    text: str


_HARD = (
    (
        Rule.SKILLS,
        "leg",
        "The carer has every skill (certificate valid on the day) the work needs.",
    ),
    (Rule.GENDER, "leg", "The carer has the gender the elder or the service requires."),
    (Rule.BARRED, "leg", "The carer is not barred from this elder."),
    (Rule.OWN_PERSON, "leg", "Nobody serves himself."),
    (Rule.WORKERS_ONLY, "leg", "Work for paid workers is not given to volunteers."),
    (
        Rule.FORBIDDEN,
        "leg",
        "A carer who declined the visit or let the offer expire is not asked again.",
    ),
    (Rule.RADIUS, "metre", "The place lies within the carer's radius."),
    (Rule.MAX_VISITS, "visit", "The carer has no more visits than his daily maximum."),
    (
        Rule.MAX_MINUTES,
        "minute",
        "The carer serves no more minutes than his daily maximum.",
    ),
    (
        Rule.ORGANISATION_LIMIT,
        "minute",
        "An organisation's carers together serve no more minutes than its daily limit.",
    ),
    (
        Rule.WINDOW,
        "minute",
        "The work begins inside a window and is no later than the lateness limit.",
    ),
    (
        Rule.SHIFT,
        "minute",
        "The work lies inside one shift of the carer, the last one with its overtime.",
    ),
    (
        Rule.EARLIEST,
        "minute",
        "Nothing that is not pinned to a minute begins in the past.",
    ),
    (
        Rule.NOT_EARLIER,
        "minute",
        "Nobody comes before the minute people were told, while that minute is still allowed.",
    ),
    (
        Rule.LUNCH,
        "carer",
        "A required lunch break lies in its window, free of travel and visits.",
    ),
    (
        Rule.OVERTIME_LIMIT,
        "minute",
        "The carer is back before the end of his last shift and its overtime.",
    ),
    (
        Rule.SEQUENCE,
        "minute",
        "Between two visits there is time for the travel and the buffer.",
    ),
    (Rule.DURATION, "minute", "The work gets its full minutes."),
    (
        Rule.LINK,
        "minute",
        "Linked parts of a visit start together, or in order within their gap.",
    ),
    (Rule.DISTINCT_CARERS, "visit", "The parts of one visit go to different carers."),
    (Rule.ONE_AT_A_TIME, "minute", "Two visits to one person do not overlap."),
    (
        Rule.ALL_OR_NONE,
        "visit",
        "All parts of a visit are planned or none, pinned parts excepted.",
    ),
    (Rule.ONCE, "visit", "Each visit is planned once or listed as unserved once."),
    (Rule.MANDATORY, "visit", "A mandatory visit is planned."),
    (Rule.PINNED, "leg", "Pinned work stays with its carer and at its minute."),
    (Rule.FIGURES, "minute", "The figures of the plan are what its routes add up to."),
)
_SOFT = (
    (Rule.TRAVEL, "minute", "Time on the road."),
    (Rule.LATENESS, "minute", "Time past the end of a soft window."),
    (Rule.HIGHEST_LATENESS, "minute", "The largest lateness of the day."),
    (Rule.WAITING, "minute", "Time between two visits without travel, work or break."),
    (Rule.HIGHEST_IDLE, "minute", "The longest idle time of a carer: work is spread evenly."),
    (Rule.OVERTIME, "minute", "Time past the end of the last shift."),
    (Rule.MISSED_LUNCH, "carer", "A wished lunch break that found no room."),
    (Rule.NOT_PREFERRED, "leg", "The elder asked for other carers."),
    (Rule.CONTINUITY, "weight", "The carer is not the one the elder knows best."),
    (Rule.PAID_MINUTES, "minute", "Service minutes, by what a paid worker or a volunteer costs."),
    (Rule.FAIRNESS, "leg", "Popular work goes to those who had little of it."),
    (Rule.CHANGED_CARER, "leg", "Somebody else comes than people were told."),
    (Rule.CHANGED_START, "minute", "The carer comes at another minute than people were told."),
    (
        Rule.UNSERVED,
        "visit",
        "The visit is left out; higher tiers outweigh all lower ones.",
    ),
)

CATALOGUE: dict[Rule, Entry] = {
    rule: Entry(rule, hard, unit, text) for hard, block in ((True, _HARD), (False, _SOFT)) for rule, unit, text in block
}
