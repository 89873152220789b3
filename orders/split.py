"""The three-way price split (domain rule 3.3): government minutes, then time credits, the remainder is self-pay."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Split:
    """Who pays one visit: minutes from each purse, and the price in fen cut the same way; both add up exactly."""

    gov_minutes: int
    credit_minutes: int
    self_pay_minutes: int
    gov_fen: int
    credit_fen: int
    self_pay_fen: int


def price_of(*, price_fen: int, item_minutes: int, minutes: int) -> int:
    """The price in fen of `minutes` of a service priced at `price_fen` for `item_minutes`; half a fen rounds up."""
    return (2 * price_fen * minutes + item_minutes) // (2 * item_minutes)


def split(*, minutes: int, price_fen: int, gov_left: int, credits_left: int) -> Split:
    """Split a visit of `minutes` at `price_fen`, given the minutes left in the two purses.

    Fen are rounded down for the purses, so what does not divide is self-pay; a visit that the purses cover whole
    costs the elder nothing.
    """
    gov = min(minutes, max(gov_left, 0))
    credit = min(minutes - gov, max(credits_left, 0))
    gov_fen = price_fen * gov // minutes
    covered_fen = price_fen * (gov + credit) // minutes
    return Split(
        gov_minutes=gov,
        credit_minutes=credit,
        self_pay_minutes=minutes - gov - credit,
        gov_fen=gov_fen,
        credit_fen=covered_fen - gov_fen,
        self_pay_fen=price_fen - covered_fen,
    )
