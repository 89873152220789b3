"""Carers' work in visits (work.py), and what their phones tell from the home besides the checks (on_site.py)."""

from dispatch.visits.models.on_site import Departure, VisitNote, VisitPhoto
from dispatch.visits.models.work import (
    Assignment,
    AssignmentEvent,
    CarerPreference,
    CarerWish,
    CheckEvent,
    Correction,
    Flag,
    FlagEvent,
)

__all__ = [
    "Assignment",
    "AssignmentEvent",
    "CarerPreference",
    "CarerWish",
    "CheckEvent",
    "Correction",
    "Departure",
    "Flag",
    "FlagEvent",
    "VisitNote",
    "VisitPhoto",
]
