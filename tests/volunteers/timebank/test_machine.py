"""Any sequence of ledger operations agrees with a plain dictionary of balances."""

from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from people.errors import Conflict
from tests.volunteers.timebank import ledger
from tests.volunteers.timebank.ledger import BY, NOW
from volunteers.timebank import services
from volunteers.timebank.models import Account, Transfer
from volunteers.timebank.verify import verify_ledger

OWNERS = ("li", "wang", "chen")
CAP = 200
minutes = st.integers(min_value=1, max_value=90)
owners = st.sampled_from(OWNERS)


class Ledger(RuleBasedStateMachine):
    """Three people and the fund. `balance` and `held` are the model; every refusal must be foreseen by it."""

    def __init__(self) -> None:
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        self.balance = dict.fromkeys(("fund", *OWNERS), 0)
        self.held = dict.fromkeys(OWNERS, 0)
        self.pending: list[tuple[Transfer, str, int]] = []
        self.calls: list[tuple[Any, dict[str, Any], Transfer]] = []
        self.reversible: list[tuple[Transfer, str, str, int]] = []
        self.number = 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    @initialize()
    def open_accounts(self) -> None:
        ledger.set_policy("holding_cap_minutes", CAP)
        self.people = {name: ledger.person(name) for name in OWNERS}
        self.accounts = {name: services.account_of(self.people[name], NOW) for name in OWNERS}
        self.accounts["fund"] = services.issuer_account(NOW)

    def key(self) -> str:
        self.number += 1
        return f"k{self.number}"

    def call(self, service: Any, *, refused: bool = False, **content: Any) -> Transfer | None:
        """Call the service and remember it for a replay; `refused` says that the model foresees a conflict."""
        if refused:
            with pytest.raises(Conflict):
                service(**content)
            return None
        transfer = service(**content)
        self.calls.append((service, content, transfer))
        return transfer

    def moved(self, transfer: Transfer, source: str, target: str, amount: int) -> None:
        self.balance[source] -= amount
        self.balance[target] += amount
        self.reversible.append((transfer, source, target, amount))

    def free(self, owner: str) -> int:
        return self.balance[owner] - self.held[owner]

    @rule(owner=owners, amount=minutes)
    def earn(self, owner: str, amount: int) -> None:
        key = self.key()
        transfer = self.call(services.earn, person=self.people[owner], minutes=amount, key=key, cause=key, **BY)
        assert transfer is not None
        surplus = min(amount, max(self.balance[owner] + amount - CAP, 0))
        self.moved(transfer, "fund", owner, amount)
        if surplus:
            self.moved(Transfer.objects.get(key=f"{key}:surplus"), owner, "fund", surplus)

    @rule(owner=owners, amount=minutes)
    def redeem(self, owner: str, amount: int) -> None:
        key, short = self.key(), amount > self.free(owner)
        transfer = self.call(
            services.redeem, refused=short, person=self.people[owner], minutes=amount, key=key, cause=key, **BY
        )
        if transfer:
            self.moved(transfer, owner, "fund", amount)

    @rule(giver=owners, taker=owners, amount=minutes)
    def donate(self, giver: str, taker: str, amount: int) -> None:
        if giver == taker:
            return
        key = self.key()
        refused = amount > self.free(giver) or self.balance[taker] + amount > CAP
        content = {"source": self.accounts[giver], "target": self.accounts[taker], "minutes": amount}
        transfer = self.call(services.donate, refused=refused, key=key, cause=key, **content, **BY)
        if transfer:
            self.moved(transfer, giver, taker, amount)

    @rule(owner=owners, amount=minutes)
    def hold(self, owner: str, amount: int) -> None:
        key, short = self.key(), amount > self.free(owner)
        sides = {"source": self.accounts[owner], "target": self.accounts["fund"]}
        transfer = self.call(
            services.hold, refused=short, key=key, kind="REDEEM", minutes=amount, cause=key, **sides, **BY
        )
        if transfer:
            self.held[owner] += amount
            self.pending.append((transfer, owner, amount))

    @precondition(lambda self: self.pending)
    @rule(data=st.data(), keep=st.booleans())
    def resolve(self, data: st.DataObject, keep: bool) -> None:
        transfer, owner, amount = self.pending.pop(data.draw(st.integers(0, len(self.pending) - 1)))
        (services.settle if keep else services.void)(transfer=transfer, **BY)
        self.held[owner] -= amount
        if keep:
            self.moved(transfer, owner, "fund", amount)
        with pytest.raises(Conflict):
            services.settle(transfer=transfer, **BY)

    @precondition(lambda self: self.reversible)
    @rule(data=st.data())
    def reverse(self, data: st.DataObject) -> None:
        position = data.draw(st.integers(0, len(self.reversible) - 1))
        transfer, source, target, amount = self.reversible[position]
        short = target != "fund" and amount > self.free(target)
        reversal = self.call(services.reverse, refused=short, transfer=transfer, key=self.key(), **BY)
        if reversal:
            del self.reversible[position]
            self.moved(reversal, target, source, amount)

    @precondition(lambda self: self.calls)
    @rule(data=st.data())
    def replay(self, data: st.DataObject) -> None:
        service, content, first = data.draw(st.sampled_from(self.calls))
        before = ledger.everything()
        assert service(**content) == first
        assert ledger.everything() == before

    @precondition(lambda self: self.calls)
    @rule(data=st.data())
    def reuse_a_key(self, data: st.DataObject) -> None:
        _, content, _ = data.draw(st.sampled_from(self.calls))
        with pytest.raises(Conflict):
            services.earn(person=self.people["li"], minutes=91, key=content["key"], cause="other", **BY)

    @invariant()
    def agrees_with_the_model(self) -> None:
        if not hasattr(self, "accounts"):
            return
        stored = {row.pk: (row.balance, row.held) for row in Account.objects.all()}
        assert {name: stored[row.pk] for name, row in self.accounts.items()} == {
            name: (self.balance[name], self.held.get(name, 0)) for name in self.accounts
        }
        assert verify_ledger() == []


@pytest.mark.django_db
def test_any_sequence_of_operations_agrees_with_a_plain_dictionary():
    run_state_machine_as_test(
        Ledger,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            derandomize=True,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
