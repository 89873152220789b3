"""verify_ledger finds each planted fault, and rebuild_balances mends the caches."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F

from tests.volunteers.timebank import ledger
from tests.volunteers.timebank.ledger import BY, NOW, account, balance, donate, earn, fund, held, person
from volunteers.timebank import services
from volunteers.timebank.models import Account, Posting, Transfer, TransferEvent
from volunteers.timebank.verify import verify_ledger

pytestmark = pytest.mark.django_db


@pytest.fixture
def gift():
    """40 minutes that went from an account with 100 to an empty one, in a ledger without guards."""
    transfer = donate(account(100), account(), 40)
    ledger.switch_off_guards()
    return transfer


def invariants() -> list[str]:
    """The names of the broken invariants, in order."""
    return [fault.split(":")[0] for fault in verify_ledger()]


def posted(source: Account, target: Account, minutes: int, **fields: object) -> Transfer:
    """A transfer with its event but neither postings nor balances."""
    values = {"key": "planted", "kind": "DONATE", "cause": "gift", "status": "posted"} | fields
    transfer = Transfer.objects.create(
        source=source, target=target, minutes=minutes, day=ledger.TODAY, created_at=NOW, **values
    )
    TransferEvent.objects.create(subject=transfer, old="", new=transfer.status, at=NOW)
    return transfer


def write_postings(transfer: Transfer) -> None:
    for account_id, side, sign in ((transfer.source_id, "D", -1), (transfer.target_id, "C", 1)):
        Posting.objects.create(
            transfer=transfer, account_id=account_id, side=side, minutes=sign * transfer.minutes, posted_at=NOW
        )


def test_a_sound_ledger_has_no_faults(gift):
    earn(person(), 60)

    assert verify_ledger() == []


def test_a_sum_other_than_zero_is_found(gift):
    gift.postings.filter(side="C").update(minutes=41)

    assert invariants() == ["I1", "I2", "I6"]


def test_a_posted_transfer_without_postings_is_found(gift):
    posted(gift.source, gift.target, 5)

    assert verify_ledger() == ["I2: transfer planted is posted without exactly one matching debit and credit"]


def test_a_posting_on_another_account_is_found(gift):
    gift.postings.filter(side="C").update(account=account())

    assert invariants() == ["I2", "I6", "I6"]


def test_postings_of_a_pending_transfer_are_found(gift):
    pending = services.hold(key="h", kind="REDEEM", source=gift.source, target=fund(), minutes=5, cause="visit:1", **BY)
    write_postings(pending)

    assert invariants() == ["I2", "I6", "I6"]


def test_an_account_below_its_floor_is_found(gift):
    write_postings(posted(gift.target, gift.source, 41))

    assert invariants() == ["I3", "I6", "I6"]


def test_work_that_was_earned_twice_is_found(gift):
    owner = person()
    for key in ("a", "b"):
        earn(owner, 60, key=key)

    assert invariants() == ["I4"]


def test_work_that_was_earned_again_after_a_reversal_is_sound(gift):
    owner = person()
    services.reverse(transfer=earn(owner, 60, key="a"), key="r", **BY)
    earn(owner, 45, key="b")

    assert verify_ledger() == []


@pytest.mark.parametrize(
    "events",
    [
        [],  # never born
        [("", "pending")],  # never resolved
        [("", "pending"), ("pending", "posted"), ("pending", "posted")],  # resolved twice
        [("", "pending"), ("pending", "voided")],  # resolved otherwise
        [("", "posted"), ("", "posted")],  # born twice
    ],
)
def test_events_that_do_not_lead_to_the_status_are_found(gift, events):
    gift.events.all().delete()
    for old, new in events:
        TransferEvent.objects.create(subject=gift, old=old, new=new, at=NOW)

    assert invariants() == ["I5"]


@pytest.mark.parametrize("column", ["balance", "held"])
def test_a_wrong_cache_is_found_and_mended(gift, column):
    services.hold(key="h", kind="REDEEM", source=gift.source, target=fund(), minutes=10, cause="visit:1", **BY)
    Account.objects.filter(pk=gift.source_id).update(**{column: F(column) + 1})
    assert invariants() == ["I6"]

    assert services.rebuild_balances() == 1

    assert (balance(gift.source), held(gift.source)) == (60, 10)
    assert verify_ledger() == []
    assert services.rebuild_balances() == 0


def test_the_command_says_that_all_is_well(gift):
    out = StringIO()

    call_command("verify_ledger", stdout=out)

    assert out.getvalue() == "The ledger is sound: 2 transfers, sum 0.\n"


def test_the_command_lists_the_faults_and_fails(gift):
    Account.objects.filter(pk=gift.target_id).update(balance=41)
    err = StringIO()

    with pytest.raises(CommandError, match="1 fault"):
        call_command("verify_ledger", stderr=err)

    assert err.getvalue().startswith(f"I6: account {gift.target_id} caches 41 minutes")


def test_the_command_mends_the_caches(gift):
    Account.objects.filter(pk=gift.target_id).update(balance=41)
    out = StringIO()

    call_command("rebuild_balances", stdout=out)

    assert out.getvalue().startswith("1 ")
    assert balance(gift.target) == 40
