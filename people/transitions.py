"""How every status moves: look the move up, compare and set, write the event row. One way for all tables."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Protocol

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from people.errors import LostRace, WrongState

Moves = Mapping[str, frozenset[str]]


class TransitionEvent(models.Model):
    """One change of one status: append-only; audit, statistics and outbox at once. `old` is empty at birth."""

    old = models.CharField(pgettext_lazy("state", "from"), max_length=16, blank=True)
    new = models.CharField(pgettext_lazy("state", "to"), max_length=16)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("by"),
    )
    at = models.DateTimeField(_("at"), db_index=True)

    class Meta:
        abstract = True
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.old} → {self.new}"


class Stateful(Protocol):
    """A model with a status, its table of moves, and an event model whose foreign key `subject` calls back `events`."""

    MOVES: ClassVar[Moves]
    pk: Any
    status: Any
    events: Any


def record_birth(subject: Stateful, *, actor: User | None, now: datetime, reason: str = "") -> None:
    """Write the first event of a row that was just created in its first status."""
    subject.events.create(old="", new=subject.status, reason=reason, actor=actor, at=now)


def record_births(subjects: Sequence[Stateful], *, actor: User | None, now: datetime) -> None:
    """`record_birth` for many rows of one table, in one query."""
    if subjects:
        events = subjects[0].events.model
        events.objects.bulk_create(
            events(subject=each, old="", new=each.status, actor=actor, at=now) for each in subjects
        )


def move(
    subject: Stateful,
    to: str,
    *,
    actor: User | None,
    now: datetime,
    reason: str = "",
    **changes: object,
) -> None:
    """Move `subject` to status `to`, with `changes` to its other columns, and write the event row.

    The row is changed only if the database still holds the status that `subject` carries, so of two rivals one wins.

    Raises:
        WrongState: the table of moves does not allow it from the status that `subject` carries.
        LostRace: another transaction moved the row since it was read.
    """
    old = subject.status
    _require_move(subject, to)
    # No savepoint: a lost race changes nothing, and any other failure ends the caller's transaction.
    with transaction.atomic(savepoint=False):
        moved = _rows(subject, [subject.pk], old).update(status=to, **changes) == 1
        if moved:
            subject.events.create(old=old, new=to, reason=reason, actor=actor, at=now)
    if not moved:
        raise _lost(subject)
    _take_over(subject, to, changes)


def move_all(
    subjects: Sequence[Stateful],
    to: str,
    *,
    actor: User | None,
    now: datetime,
    reason: str = "",
    **changes: object,
) -> None:
    """`move` for many rows of one table, all or none: two queries for each status that they come from.

    Call it inside a transaction, which a refusal ends. Raises as `move`.
    """
    of_status: dict[str, list[Stateful]] = {}
    for subject in subjects:
        _require_move(subject, to)
        of_status.setdefault(subject.status, []).append(subject)
    with transaction.atomic(savepoint=False):
        for old, group in of_status.items():
            if _rows(group[0], [each.pk for each in group], old).update(status=to, **changes) != len(group):
                raise _lost(group[0])
            events = group[0].events.model
            events.objects.bulk_create(
                events(subject=each, old=old, new=to, reason=reason, actor=actor, at=now) for each in group
            )
    for subject in subjects:
        _take_over(subject, to, changes)


def state_label(subject: Stateful) -> str:
    """The translated word for the subject's status."""
    return str(subject.get_status_display())  # type: ignore[attr-defined]


def _require_move(subject: Stateful, to: str) -> None:
    if to not in subject.MOVES[subject.status]:
        raise WrongState(
            _("This cannot be done now: it is already “%(state)s”.") % {"state": state_label(subject)},
            subject=_name(subject),
            pk=subject.pk,
            status=subject.status,
            wanted=to,
        )


def _rows(subject: Stateful, keys: list[Any], old: str) -> models.QuerySet[Any]:
    """The rows of the subject's table that still have the old status."""
    return type(subject)._default_manager.filter(pk__in=keys, status=old)  # type: ignore[attr-defined,no-any-return]


def _lost(subject: Stateful) -> LostRace:
    message = _("Somebody else changed this a moment ago. Reload to see how it stands.")
    return LostRace(message, subject=_name(subject), pk=subject.pk)


def _take_over(subject: Stateful, to: str, changes: Mapping[str, object]) -> None:
    subject.status = to
    for column, value in changes.items():
        setattr(subject, column, value)


def _name(subject: Stateful) -> str:
    return type(subject).__name__.lower()
