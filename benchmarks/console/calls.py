"""The calls of a run, made in advance from the seed: who calls when, what they order, how long each step is thought over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

# Seconds, least and most. A call rings long enough for each screen to ask twice before it is taken.
RINGING = (2.0, 4.0)
GREETING = (6.0, 12.0)
THINKING = (3.0, 7.0)  # before the wanted time is typed, before a slot is chosen, before the order is saved
READING_BACK = (5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Caller:
    """An elder who may call, by key, and the number that the exchange reports."""

    elder: int
    number: str


@dataclass(frozen=True, slots=True)
class Wish:
    """A service by key, the window on the wall clock in which it is wanted, as the form takes it, and how often it is."""

    item: int
    day: date
    start: str
    end: str
    weight: float


@dataclass(frozen=True, slots=True)
class Call:
    """A call that comes `at` seconds after the start of the run."""

    at: float
    caller: Caller
    wish: Wish
    ringing: float
    greeting: float
    thinking: tuple[float, float, float]
    reading_back: float


@dataclass(frozen=True, slots=True)
class Ringing:
    """A call on the operators' screens: its key, the exchange's name for it, and since when it rings."""

    key: int
    call_id: str
    call: Call
    since: float


def calls_of_run(
    rng: Random, *, callers: Sequence[Caller], wishes: Sequence[Wish], number: int, seconds: float
) -> list[Call]:
    """So many calls from different callers, at random moments of the run: a Poisson process whose number is given."""
    weights = [wish.weight for wish in wishes]
    moments = sorted(rng.uniform(0, seconds) for _ in range(number))
    return [
        Call(
            at=at,
            caller=caller,
            wish=rng.choices(wishes, weights)[0],
            ringing=rng.uniform(*RINGING),
            greeting=rng.uniform(*GREETING),
            thinking=(rng.uniform(*THINKING), rng.uniform(*THINKING), rng.uniform(*THINKING)),
            reading_back=rng.uniform(*READING_BACK),
        )
        for at, caller in zip(moments, rng.sample(callers, number), strict=True)
    ]
