"""The engine's rules and reasons in a dispatcher's words: what prevents it, and what would help."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dispatch.engine.plan import Reason, ReasonCode, RelaxationKind
from dispatch.engine.rules import Rule
from dispatch.offers.services.late import NO_CHECK_IN
from dispatch.planning import faults
from dispatch.planning.services import recheck
from dispatch.planning.templatetags.board import minute_of_day
from people.templatetags.care import distance, duration

Text = str | Promise

_RULES: dict[str, Text] = {
    Rule.SKILLS: _("Lacks the skill or a certificate valid on the day."),
    Rule.GENDER: _("Has not the gender that is required."),
    Rule.BARRED: _("Must not come to this elder."),
    Rule.OWN_PERSON: _("Nobody serves himself."),
    Rule.WORKERS_ONLY: _("Only paid workers may do this."),
    Rule.FORBIDDEN: _("Declined this visit or did not answer."),
    Rule.RADIUS: _("Too far from the carer's place."),
    Rule.MAX_VISITS: _("Has as many visits as allowed in a day."),
    Rule.MAX_MINUTES: _("Has as many minutes as allowed in a day."),
    Rule.WINDOW: _("The time is outside the agreed window."),
    Rule.SHIFT: _("Not on duty at that time."),
    Rule.EARLIEST: _("The time has passed."),
    Rule.LUNCH: _("Would lose the lunch break."),
    Rule.OVERTIME_LIMIT: _("Would be home too late."),
    Rule.SEQUENCE: _("Busy: no time between the other visits and the way."),
    Rule.LINK: _("Does not fit the time of the other carer."),
    Rule.DISTINCT_CARERS: _("Holds the other part of this visit."),
    Rule.ONE_AT_A_TIME: _("Somebody else is with the elder at that time."),
    Rule.ORGANISATION_LIMIT: _("The organisation has as many minutes as allowed in a day."),
    Rule.ALL_OR_NONE: _("No second carer is free at that time."),
    Rule.PINNED: _("Holds this work already."),
}
_LEFT_OUT: dict[str, Text] = {
    recheck.GONE: _("Cancelled or moved to another day."),
    recheck.CHANGED: _("The visit was changed meanwhile."),
    recheck.TAKEN: _("Somebody took it meanwhile."),
    recheck.OFF_DUTY: _("The carer is no longer on duty."),
}
# Why a visit is unserved, and what it would need.
_REASONS: dict[str, tuple[Text, Text]] = {
    ReasonCode.NO_CERTIFIED_CARER_ON_DUTY: (
        _("Nobody on duty has the skill or certificate"),
        _("Put a certified carer on duty that day."),
    ),
    ReasonCode.NO_CARER_ON_SHIFT: (
        _("Nobody who can do it is on duty at that time"),
        _("Lengthen a shift, or agree on another time."),
    ),
    ReasonCode.GENDER: (
        _("No carer of the required gender"),
        _("Find such a carer, or ask the elder whether it may be somebody else."),
    ),
    ReasonCode.BARRED: (
        _("Only carers who must not come are left"),
        _("Find another carer for this elder."),
    ),
    ReasonCode.WORKERS_ONLY: (
        _("Only volunteers are left, but a paid worker is needed"),
        _("Put a paid worker on duty."),
    ),
    ReasonCode.DECLINED_BY_ALL: (
        _("Everybody who could has declined or not answered"),
        _("Call a carer, or agree on another time."),
    ),
    ReasonCode.OUT_OF_EVERY_RADIUS: (
        _("Too far for every volunteer"),
        _("Send a paid worker, or ask a volunteer to go further."),
    ),
    ReasonCode.DAILY_MAXIMUM_REACHED: (
        _("Those who could have all they may do in a day"),
        _("Raise a daily maximum, or put another carer on duty."),
    ),
    ReasonCode.ORGANISATION_LIMIT_REACHED: (
        _("The organisations of those who could have all the minutes they may do in a day"),
        _("Raise an organisation's daily limit, or put a carer of another organisation on duty."),
    ),
    ReasonCode.TWO_VISITS_AT_ONCE: (
        _("Somebody else is with the elder in the whole window"),
        _("Agree on a wider or another window for one of the two visits."),
    ),
    ReasonCode.NO_CARER_FREE_IN_WINDOW: (
        _("Nobody is free in the window"),
        _("Agree on a wider or another window, or put another carer on duty."),
    ),
    ReasonCode.DOUBLE_UP_HAS_ONLY_ONE: (
        _("Only one of the two carers was found"),
        _("Find a second carer for the same time."),
    ),
    ReasonCode.NOT_FOUND_IN_TIME: (
        _("Not found in time; it would fit"),
        _("Plan again, or give it to a carer by hand."),
    ),
    ReasonCode.PIN_DOES_NOT_FIT: (
        _("The carer it is fixed to has no room"),
        _("Give it to another carer."),
    ),
    faults.TWO_GENDERS: (
        _("Linked with a visit that needs a carer of the other gender"),
        _("Change one of the two visits, or undo the link."),
    ),
    faults.DOUBLE_UP: (
        _("One of two linked visits needs two carers, but they do not start together"),
        _("Let both start together, or undo the link."),
    ),
    faults.NO_WINDOW: (
        _("Linked with a visit, but their windows have no minute in common"),
        _("Change one of the two visits, or undo the link."),
    ),
    NO_CHECK_IN: (_("Nobody checked in"), _("Call the elder, and agree on another time.")),
    # What `orders.services.visits.day_passed` says of a visit that no plan ever left out.
    "never_planned": (_("No plan was made for it"), _("Plan again, or give it to a carer by hand.")),
    "not_accepted": (_("Nobody accepted it in time"), _("Plan again, or give it to a carer by hand.")),
    "order_on_hold": (_("Its order was on hold"), _("Resume the order.")),
}
# The same with the number of carers who could do it but for this; English counts as Chinese does, without a plural.
_COUNTED: dict[str, Text] = {
    ReasonCode.NO_CARER_FREE_IN_WINDOW: _("Carers who could: %(carers)d, all busy in the window"),
    ReasonCode.NO_CARER_ON_SHIFT: _("Carers who could: %(carers)d, none on duty at that time"),
    ReasonCode.DAILY_MAXIMUM_REACHED: _("Carers who could: %(carers)d, all with as much as they may do in a day"),
}

# What would serve an unserved visit, with the carers who would come.
_RELAXATIONS: dict[str, Text] = {
    RelaxationKind.LATER: _("%(carers)s could come %(amount)s later, at %(start)s"),
    RelaxationKind.EARLIER: _("%(carers)s could come %(amount)s earlier, at %(start)s"),
    RelaxationKind.OVERTIME: _("%(carers)s could come at %(start)s with %(amount)s more overtime"),
    RelaxationKind.EARLY_SHIFT: _("%(carers)s could come at %(start)s, beginning the day %(amount)s earlier"),
    RelaxationKind.MORE_VISITS: _("%(carers)s could come at %(start)s, past the daily maximum of visits"),
    RelaxationKind.MORE_MINUTES: _("%(carers)s could come at %(start)s, %(amount)s past the daily maximum"),
    RelaxationKind.FURTHER: _("%(carers)s could come at %(start)s, %(amount)s past the radius"),
    RelaxationKind.ASK_AGAIN: _("%(carers)s could come at %(start)s, if asked again"),
    RelaxationKind.VOLUNTEER: _("%(carers)s could come at %(start)s, as a volunteer"),
}


def rule_text(code: str) -> Text:
    """Why a carer cannot take a visit, or why a visit was left out at publishing."""
    return _RULES.get(code) or _LEFT_OUT.get(code) or code


def reason_text(reason: Mapping[str, object]) -> Text:
    """Why a visit is unserved, from a reason row of the visit."""
    code = str(reason.get("code"))
    return _REASONS[code][0] if code in _REASONS else code


def refusal_text(reason: Reason) -> Text:
    """Why nothing fits a caller's wish: named rule, and how many could do it but for that."""
    detail = dict(reason.detail)
    if reason.code in _COUNTED and "carers" in detail:
        return str(_COUNTED[reason.code]) % {"carers": detail["carers"]}
    return _REASONS[reason.code][0]


def remedy_text(reason: Mapping[str, object]) -> Text:
    """What would help, empty for an unknown reason."""
    code = str(reason.get("code"))
    return _REASONS[code][1] if code in _REASONS else ""


def relaxation_text(reason: Mapping[str, Any], names: Mapping[int, str]) -> str:
    """What would serve the visit, from a reason row; empty when nothing was found or a carer has no name here."""
    found = reason.get("relaxation")
    if not found or found["kind"] not in _RELAXATIONS or not all(pk in names for pk in found["carers"]):
        return ""
    in_metres = found["kind"] == RelaxationKind.FURTHER
    return str(_RELAXATIONS[found["kind"]]) % {
        "carers": gettext(" and ").join(names[pk] for pk in found["carers"]),
        "amount": distance(found["amount"]) if in_metres else duration(found["amount"]),
        "start": minute_of_day(found["start"]),
    }


def quality_text(gap: float | None) -> str:
    """How near a plan is to the best possible one, by its proven gap (a share); None = no bound is known."""
    if gap is None:
        return gettext("no bound is known")
    return gettext("within %(percent)s of the best possible") % {"percent": f"{100 * gap:.1f}%"}
