"""What the ledger says: accounts and transfers a user may see, statements, and the sum that must be zero."""

from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import F, Q, QuerySet, Sum, Window

from people import policy
from people.models import Person
from people.roles import Role, has_role
from volunteers.selectors import carers_visible_to, organisations_managed_by
from volunteers.timebank.models import Account, Posting, Transfer

_WHOLE_LEDGER = (Role.OPERATOR, Role.ADMINISTRATOR, Role.AUDITOR)


def accounts_visible_to(user: User | AnonymousUser) -> QuerySet[Account]:
    """The accounts of the carers a user may see, and of the organisations a manager runs; all, with the county fund,
    for operators, administrators and auditors."""
    if has_role(user, *_WHOLE_LEDGER):
        return Account.objects.all()
    people = carers_visible_to(user).values("person")
    return Account.objects.filter(Q(person__in=people) | Q(organisation__in=organisations_managed_by(user)))


def transfers_visible_to(user: User | AnonymousUser) -> QuerySet[Transfer]:
    """The transfers into or out of an account the user may see, newest first."""
    if has_role(user, *_WHOLE_LEDGER):
        return Transfer.objects.all()
    accounts = accounts_visible_to(user).values("pk")
    return Transfer.objects.filter(Q(source__in=accounts) | Q(target__in=accounts))


def credits_available(person: Person) -> int:
    """The minutes of a person's account that are not held for anything; 0 without an account."""
    free = Account.objects.filter(person=person).values_list(F("balance") - F("held"), flat=True).first()
    return free or 0


def statement(account: Account) -> QuerySet[Posting]:
    """The account's postings, oldest first, each with the `balance_after` it in minutes."""
    running = Window(Sum("minutes"), order_by=[F("posted_at").asc(), F("pk").asc()])
    return (
        Posting.objects.filter(account=account)
        .annotate(balance_after=running)
        .select_related("transfer")
        .order_by("posted_at", "pk")
    )


@dataclass(frozen=True, slots=True)
class Line:
    """A posting and the balance after it, in minutes."""

    posting: Posting
    balance_after: int


@dataclass(frozen=True, slots=True)
class Statement:
    """What an account held before a period, what was posted in it, and what it held after, in minutes."""

    opening_minutes: int
    closing_minutes: int
    lines: list[Line]


def statement_between(account: Account, start: datetime, end: datetime) -> Statement:
    """The statement of a period [start, end), oldest line first."""
    postings = Posting.objects.filter(account=account)
    opening = postings.filter(posted_at__lt=start).aggregate(total=Sum("minutes"))["total"] or 0
    lines, balance = [], opening
    within = postings.filter(posted_at__gte=start, posted_at__lt=end)
    for posting in within.select_related("transfer").order_by("posted_at", "pk"):
        balance += posting.minutes
        lines.append(Line(posting, balance))
    return Statement(opening, balance, lines)


def ledger_sum() -> int:
    """The sum of all postings in minutes: 0, or the ledger is broken."""
    return Posting.objects.aggregate(total=Sum("minutes"))["total"] or 0


def near_holding_cap(on: date) -> QuerySet[Account]:
    """People's accounts that hold so much that the owner should be warned, fullest first."""
    cap = policy.minutes("holding_cap_minutes", on=on)
    line = cap * policy.number("holding_warning_share", on=on)
    return Account.objects.filter(person__isnull=False, balance__gte=line).order_by("-balance")
