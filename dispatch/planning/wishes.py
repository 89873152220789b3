"""Whom an elder would like to see: the engine's preferred and usual carers of a visit, or of a linked pair.

All of this is soft. The carer whom an order names counts most, then those who speak the wished dialect.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from dispatch.planning.reading import DayRows
from dispatch.planning.rows import VisitRow
from people import policy


def preferred(visits: Sequence[VisitRow], rows: DayRows) -> frozenset[int]:
    """The carers without whom a wish is lost; none when there is no wish, or nobody could fulfil it."""
    named = _named(visits, rows)
    if named is not None:
        return frozenset({named})
    liked = rows.preferred.get(visits[0].elder_id, frozenset())
    dialects = {visit.dialect_wish for visit in visits} - {""}
    if not dialects:
        return liked
    speakers = frozenset(carer.pk for carer in rows.carers if dialects <= carer.spoken)
    return (liked & speakers) or speakers or liked


def usual(visits: Sequence[VisitRow], rows: DayRows, day: date) -> Mapping[int, int]:
    """What it is worth, in minutes of travel, that this carer comes: most of all the named one."""
    known = rows.usual.get(visits[0].elder_id, {})
    named = _named(visits, rows)
    if named is None:
        return known
    worth = policy.minutes("named_carer_minutes", on=day)
    return {**known, named: max(known.values(), default=0) + worth}


def _named(visits: Sequence[VisitRow], rows: DayRows) -> int | None:
    return next((rows.wished[visit.pk] for visit in visits if visit.pk in rows.wished), None)
