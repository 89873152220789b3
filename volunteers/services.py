"""Every write about carers: who joins, what they may do, when they come, and who may come no more.

Each decision leaves a CarerEvent. Overlaps are refused by the database itself and told as `Overlap` here.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from people.clock import local_date
from people.errors import Conflict, Invalid, Overlap, WrongState
from people.models import Person, Place, Town
from volunteers.checks import check_fields
from volunteers.models import (
    Absence,
    Availability,
    Carer,
    CarerEvent,
    CarerSkill,
    Certificate,
    Organisation,
)

Kind = CarerEvent.Kind


def register_carer(
    *,
    person: Person,
    number: str,
    kind: str,
    town: Town,
    active_from: date,
    organisation: Organisation | None = None,
    start_place: Place | None = None,
    end_place: Place | None = None,
    skills: Iterable[str] = (),
    actor: User | None,
    now: datetime,
    **terms: object,
) -> Carer:
    """A new carer who starts and ends the day at home unless told otherwise.

    `terms` are other columns of Carer (mode, radius_metres, lunch, limits a day, auto_accept ...).

    Raises:
        Invalid: an impossible field; a worker without organisation; no home and no place to start from.
        Conflict: duplicate_carer; the person is a carer already, or the number is taken.
    """
    start_place = start_place or person.home
    if start_place is None:
        message = _("The carer needs a place to start from: a home or another place.")
        raise Invalid(message, fields={"start_place": [message]})
    carer = Carer(
        person=person,
        number=number,
        kind=kind,
        town=town,
        active_from=active_from,
        organisation=organisation,
        start_place=start_place,
        end_place=end_place or start_place,
        **terms,
    )
    check_fields(carer)
    with transaction.atomic():
        if Carer.objects.filter(Q(person=person) | Q(number=number)).exists():
            raise _duplicate_carer()
        with _refused_as(_duplicate_carer()):
            carer.save()
        CarerSkill.objects.bulk_create([CarerSkill(carer=carer, code=code) for code in sorted(set(skills))])
        _record(carer, Kind.REGISTERED, kind, actor=actor, now=now)
    return carer


def change_carer(*, carer: Carer, fields: Iterable[str], actor: User | None, now: datetime) -> None:
    """Store the named fields of a carer that were changed on the instance. Raises Invalid as `register_carer`."""
    names = sorted(fields)
    check_fields(carer)
    with transaction.atomic():
        with _refused_as(_duplicate_carer()):
            carer.save(update_fields=names)
        _record(carer, Kind.CHANGED, ", ".join(names), actor=actor, now=now)


def add_certificate(
    *,
    carer: Carer,
    code: str,
    valid_from: date,
    valid_to: date,
    number: str = "",
    issuer: str = "",
    actor: User | None,
    now: datetime,
) -> Certificate:
    """A certificate of the carer, valid from the first to the last day, both included.

    Raises Invalid if the days are in the wrong order or one of this kind from that day is recorded already.
    """
    certificate = Certificate(
        carer=carer, code=code, number=number, issuer=issuer, valid_from=valid_from, valid_to=valid_to
    )
    check_fields(certificate)
    with transaction.atomic():
        certificate.save()
        _record(carer, Kind.CERTIFIED, f"{code} {valid_from} – {valid_to}", actor=actor, now=now)
    return certificate


def revoke_certificate(
    *, certificate: Certificate, actor: User | None, now: datetime, reason: str, on: date | None = None
) -> None:
    """Take a certificate away from a day on (default: today). Raises WrongState if it is revoked already."""
    day = on or local_date(now)
    with transaction.atomic():
        if not Certificate.objects.filter(pk=certificate.pk, revoked_on=None).update(revoked_on=day):
            raise WrongState(_("This certificate is revoked already."))
        _record(certificate.carer, Kind.REVOKED, f"{certificate.code}: {reason}", actor=actor, now=now)
    certificate.revoked_on = day


def offer_time(
    *,
    carer: Carer,
    start_minute: int,
    end_minute: int,
    weekday: int | None = None,
    day: date | None = None,
    valid_from: date | None = None,
    valid_to: date | None = None,
    actor: User | None,
    now: datetime,
) -> Availability:
    """Minutes from local midnight, half-open, that a carer offers on a weekday (0 is Monday) or on one day.

    A weekday's row is valid from `valid_from` (default: today) to `valid_to` (default: for good).

    Raises:
        Invalid: neither or both of weekday and day, or times that are not within a day.
        Overlap: the carer offers a part of it already, tested over the whole interval.
    """
    row = Availability(
        carer=carer,
        weekday=weekday,
        day=day,
        start_minute=start_minute,
        end_minute=end_minute,
        valid_from=day or valid_from or local_date(now),
        valid_to=day or valid_to,
    )
    check_fields(row)
    refusal = Overlap(_("The carer offers a part of this time already."), carer=carer.pk)
    with transaction.atomic():
        with _refused_as(refusal, Availability.OVERLAP_RULE):
            row.save()
        _record(carer, Kind.OFFERED_TIME, f"{day or row.get_weekday_display()} {row}", actor=actor, now=now)
    return row


def record_absence(
    *, carer: Carer, start: datetime, end: datetime, reason: str, actor: User | None, now: datetime
) -> Absence:
    """A time the carer is away, half-open; it cuts whatever is offered.

    Raises:
        Invalid: the end is not after the start, or the reason is unknown.
        Overlap: another absence of the carer covers a part of it.
    """
    row = Absence(carer=carer, start=start, end=end, reason=reason)
    check_fields(row)
    refusal = Overlap(_("Another absence covers a part of this time."), carer=carer.pk)
    with transaction.atomic():
        with _refused_as(refusal, Absence.OVERLAP_RULE):
            row.save()
        _record(carer, Kind.ABSENT, f"{row} {reason}", actor=actor, now=now)
    return row


def take_back_time(*, availability: Availability, actor: User | None, now: datetime) -> None:
    """End an offered time with yesterday; one that has not begun yet is gone. What was planned in it stays promised.

    Raises:
        WrongState: it is over already.
    """
    today = local_date(now)
    with transaction.atomic():
        row = Availability.objects.select_for_update().get(pk=availability.pk)
        if row.valid_to is not None and row.valid_to < today:
            raise WrongState(_("This time is over already."))
        if row.valid_from < today:
            row.valid_to = today - timedelta(days=1)
            row.save(update_fields=["valid_to"])
        else:
            row.delete()
        _record(row.carer, Kind.TOOK_BACK, f"{row.day or row.get_weekday_display()} {row}", actor=actor, now=now)


def come_back(*, absence: Absence, actor: User | None, now: datetime) -> None:
    """End an absence now; one that has not begun yet is gone. Work that was given back because of it stays so.

    Raises:
        WrongState: it is over already.
    """
    with transaction.atomic():
        row = Absence.objects.select_for_update().get(pk=absence.pk)
        if row.end <= now:
            raise WrongState(_("This absence is over already."))
        if row.start < now:
            row.end = now
            row.save(update_fields=["end"])
        else:
            row.delete()
        _record(row.carer, Kind.RETURNED, f"{row} {row.reason}", actor=actor, now=now)


def blacklist(*, carer: Carer, from_day: date, reason: str, actor: User | None, now: datetime) -> None:
    """Keep a carer from all work from a day on. Work that is planned already is for dispatch to release.

    Raises:
        Invalid: no reason.
        WrongState: the carer is on the list from that day or an earlier one.
    """
    if not reason.strip():
        message = _("Give the reason.")
        raise Invalid(message, fields={"reason": [message]})
    with transaction.atomic():
        free = Carer.objects.filter(Q(blocked_from__isnull=True) | Q(blocked_from__gt=from_day), pk=carer.pk)
        if not free.update(blocked_from=from_day):
            raise WrongState(_("The carer is blacklisted already."))
        _record(carer, Kind.BLACKLISTED, f"{from_day}: {reason}", actor=actor, now=now)
    carer.blocked_from = from_day


def _record(carer: Carer, kind: str, detail: str, *, actor: User | None, now: datetime) -> None:
    CarerEvent.objects.create(carer=carer, kind=kind, detail=detail[:200], actor=actor, at=now)


@contextmanager
def _refused_as(refusal: Conflict, rule: str = "") -> Iterator[None]:
    """Tell the database's refusal in plain words; only the named rule's, if one is named."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if rule not in str(error):
            raise
        raise refusal from error


def _duplicate_carer() -> Conflict:
    return Conflict(_("This person or this number is registered as a carer already."), code="duplicate_carer")
