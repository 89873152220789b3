"""Short hands for the ledger's tests: accounts with minutes in them, and what must not change on a refusal."""

from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from django.db import connection

from people.models import Person, PolicySetting
from volunteers.timebank import services
from volunteers.timebank.models import Account, Posting, Transfer, TransferEvent

NOW = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)  # 08:30 in Shanghai
TODAY = date(2026, 3, 2)
BY: dict[str, Any] = {"actor": None, "now": NOW}

_number = count(1)


def person(name: str = "李强") -> Person:
    return Person.objects.create(name=name, gender="M", created_at=NOW)


def account(minutes: int = 0) -> Account:
    """A new person's account that holds so many granted minutes."""
    owner = person()
    if minutes:
        services.grant(person=owner, minutes=minutes, key=f"start:{next(_number)}", cause="start", **BY)
    return services.account_of(owner, NOW)


def fund() -> Account:
    return services.issuer_account(NOW)


def donate(source: Account, target: Account, minutes: int, key: str = "d1", cause: str = "gift") -> Transfer:
    return services.donate(source=source, target=target, minutes=minutes, key=key, cause=cause, **BY)


def earn(owner: Person, minutes: int, visit: int = 1, **changes: Any) -> Transfer | None:
    cause = f"visit:{visit}"
    return services.earn(**{"person": owner, "minutes": minutes, "key": f"{cause}:1", "cause": cause} | BY | changes)


def balance(of: Account) -> int:
    return Account.objects.get(pk=of.pk).balance


def held(of: Account) -> int:
    return Account.objects.get(pk=of.pk).held


def everything() -> tuple[list[Any], ...]:
    """All rows of the ledger: equal before and after whatever must change nothing."""
    return tuple(list(model.objects.order_by("pk").values()) for model in (Account, Transfer, TransferEvent, Posting))


def set_policy(key: str, value: object) -> None:
    PolicySetting.objects.create(key=key, value=value, effective_from=date(2026, 1, 1), owner="test")


def switch_off_guards() -> None:
    """Drop the ledger's triggers until the test's transaction is rolled back, to plant what they would refuse."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = 'replica'")
            return
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'timebank_%'")
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {name}")
