"""The database itself refuses to change what was written, whoever asks."""

import pytest
from django.db import DatabaseError, connection, transaction

from tests.volunteers.timebank.ledger import BY, NOW, account, donate, everything
from volunteers.timebank import services
from volunteers.timebank.models import Posting, Transfer

pytestmark = pytest.mark.django_db


@pytest.fixture
def posted():
    return donate(account(100), account(), 40)


@pytest.fixture
def pending():
    return services.hold(
        key="h", kind="REDEEM", source=account(100), target=account(), minutes=40, cause="visit:1", **BY
    )


def refused(sql: str, by: str) -> None:
    before = everything()
    with pytest.raises(DatabaseError, match=by), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert everything() == before


@pytest.mark.parametrize(
    ("table", "by"),
    [
        ("timebank_posting", "append-only"),
        ("timebank_transfer", "transfer_immutable"),
        ("timebank_transferevent", "append-only"),
    ],
)
def test_nothing_is_deleted(posted, table, by):
    refused(f"DELETE FROM {table}", by)


@pytest.mark.parametrize(
    "change",
    ["minutes = minutes * 2", "account_id = account_id + 1", "side = 'C'", "posted_at = posted_at", "transfer_id = 0"],
)
def test_a_posting_never_changes(posted, change):
    refused(f"UPDATE timebank_posting SET {change}", "append-only")


def test_an_event_never_changes(posted):
    refused("UPDATE timebank_transferevent SET reason = 'x'", "append-only")


CHANGES = [
    "minutes = 41",
    "kind = 'GRANT'",
    "key = 'other'",
    "cause = 'other'",
    "source_id = target_id, target_id = source_id",
    "day = '2020-01-01'",
    "created_at = '2020-01-01 00:00:00+00:00'",
    "delivered_minutes = 1",
    "created_by_id = 1",
    "id = id + 1000",
]


@pytest.mark.parametrize("change", [*CHANGES, "status = 'pending'", "status = 'voided'", "status = 'posted'"])
def test_a_posted_transfer_never_changes(posted, change):
    refused(f"UPDATE timebank_transfer SET {change} WHERE key = 'd1'", "transfer_immutable")


@pytest.mark.parametrize("change", CHANGES)
def test_a_pending_transfer_changes_its_status_alone(pending, change):
    refused(f"UPDATE timebank_transfer SET {change} WHERE key = 'h'", "transfer_immutable")
    refused(f"UPDATE timebank_transfer SET status = 'posted', {change} WHERE key = 'h'", "transfer_immutable")


def test_a_voided_transfer_stays_voided(pending):
    services.void(transfer=pending, **BY)

    refused("UPDATE timebank_transfer SET status = 'posted' WHERE key = 'h'", "transfer_immutable")


@pytest.mark.parametrize(
    ("side", "account_of", "minutes"),
    [
        ("D", "source", -39),  # not the transfer's minutes
        ("D", "target", -40),  # the wrong account
        ("C", "target", 41),
        ("C", "source", 40),
    ],
)
def test_a_posting_matches_its_transfer(side, account_of, minutes):
    source, target = account(100), account()
    transfer = Transfer.objects.create(
        key="t", kind="DONATE", source=source, target=target, minutes=40, cause="gift", day=NOW.date(),
        status="posted", created_at=NOW,
    )  # fmt: skip
    before = everything()

    with pytest.raises(DatabaseError, match="posting_matches_transfer"), transaction.atomic():
        Posting.objects.create(
            transfer=transfer, account=getattr(transfer, account_of), side=side, minutes=minutes, posted_at=NOW
        )

    assert everything() == before


def test_a_pending_transfer_has_no_postings(pending):
    before = everything()

    with pytest.raises(DatabaseError, match="posting_matches_transfer"), transaction.atomic():
        Posting.objects.create(transfer=pending, account=pending.source, side="D", minutes=-40, posted_at=NOW)

    assert everything() == before


@pytest.mark.parametrize("change", ["balance = -1", "balance = 39, held = 40", "is_issuer = true"])
def test_an_account_keeps_its_floor_and_its_owner(change):
    giver = account(100)

    refused(f"UPDATE timebank_account SET {change} WHERE id = {giver.pk}", "account_")
