"""Simulated annealing for days with linked starts and soft windows: which days, how many chains, how they cool."""

from __future__ import annotations

import math
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat

from dispatch.engine import annealing_state as state
from dispatch.engine import arrays
from dispatch.engine.annealing_chain import Chain, Solution
from dispatch.engine.annealing_tables import mix_of, tables_of, temperatures
from dispatch.engine.arrays import Arrays
from dispatch.engine.stop import Stop

EXPLORED = 0.5  # of the time goes to short chains, where there is time for several
SHORT_CHAIN = 7_000  # iterations for each leg
MOST_PARTS = 16  # short chains of a thread
REHEAT = 0.1  # of the first temperature, for the chains that go on
PROBE = 2_000  # iterations that tell the speed
RESERVE = 0.02  # seconds for the end
PHASES = 32
SHARED_FROM = 0.5  # from this progress on the worst chain follows the best
MOST_LEGS = 4_000
BATCH = 20_000  # iterations
BATCH_SECONDS = 0.01


def suits(day: Arrays) -> bool:
    """True for a day whose prices need the annealing and whose rules it knows.

    It is too slow for more than MOST_LEGS. It knows no facts, no limits of organisations, no visits to one person that must not overlap, and no prices of
    fairness or of changed starts.
    """
    needs = day.prices[[arrays.WAITING_PRICE, arrays.HIGHEST_IDLE_PRICE, arrays.HIGHEST_LATENESS_PRICE]].any()
    strange = (
        (day.leg[:, [arrays.FACT, arrays.TOLD]] != arrays.NO_MINUTE).any()
        or (day.leg[:, arrays.POPULAR] > 0).any()
        or (day.siblings != arrays.NONE).any()
        or len(day.organisation)
    )
    return bool(needs and not strange and len(day.leg) <= MOST_LEGS)


def anneal(day: Arrays, start: Solution | None, *, stop: Stop, seed: int, threads: int = 2) -> Solution:
    """The best plan met before the stop, never worse than `start` (None: all visits that may move are absent).

    With a stop by iterations (each thread does as many) the same seed gives the same plan.
    """
    search = _Search(day, start, stop, seed, threads)
    if not len(day.leg) or not len(day.carer):
        return search.chain(0).solution()
    return min((chain.solution() for chain in search.run()), key=lambda found: found.cost)


class _Search:
    """Several chains: short ones first, of which the best are heated again and go on together.

    Where one carer's queue decides the lateness of the day, a chain that cooled into the wrong order never leaves it;
    the next chain falls elsewhere.
    """

    def __init__(self, day: Arrays, start: Solution | None, stop: Stop, seed: int, threads: int) -> None:
        self._began = time.monotonic()
        self._day, self._start, self._stop, self._seed, self._threads = day, start, stop, seed, threads
        self._tables = tables_of(day)
        self._hot, self._cold = temperatures(day)
        self._mix = mix_of(day)

    def chain(self, number: int) -> Chain:
        return Chain(self._day, self._tables, self._start, self._seed * 64 + number)

    def run(self) -> list[Chain]:
        """The chains that went on to the end."""
        parts = self._parts()
        with ThreadPoolExecutor(self._threads) as pool:
            if parts == 1:
                chains = [self.chain(thread) for thread in range(self._threads)]
                self._go_on(pool, chains, self._stage(0.0, 1.0), self._hot)
                return chains
            found = [chain for each in pool.map(self._explore, range(self._threads), repeat(parts)) for chain in each]
            leaders = sorted(found, key=lambda chain: int(chain.now[state.BEST]))[: self._threads]
            for chain in leaders:
                chain.return_to_best()
            self._go_on(pool, leaders, self._stage(EXPLORED, 1.0), self._hot * REHEAT)
            return leaders

    def _stage(self, first: float, last: float) -> Stage:
        return Stage(self._stop, self._began, first, last)

    def _parts(self) -> int:
        """How many short chains a thread has time for, by the speed of a first few iterations."""
        iterations = self._stop.solutions()
        if iterations is None:
            probe = self.chain(0)
            began = time.monotonic()
            probe.run(PROBE, self._hot, self._mix)
            iterations = int(PROBE * (self._stop.seconds() or 0.0) / max(1e-6, time.monotonic() - began))
        return min(MOST_PARTS, max(1, int(EXPLORED * iterations / (SHORT_CHAIN * len(self._day.leg)))))

    def _explore(self, thread: int, parts: int) -> list[Chain]:
        """Short chains of one thread, one after the other."""
        chains = []
        for part in range(parts):
            chain = self.chain(thread * MOST_PARTS + part)
            stage = self._stage(EXPLORED * part / parts, EXPLORED * (part + 1) / parts)
            self._cool(chain, stage, self._hot, 1.0)
            chains.append(chain)
        return chains

    def _go_on(self, pool: ThreadPoolExecutor, chains: list[Chain], stage: Stage, hot: float) -> None:
        """Cool all chains in phases; from some point on the worst goes on from the best one's plan."""
        for phase in range(1, PHASES + 1):
            until = phase / PHASES
            list(pool.map(self._cool, chains, repeat(stage), repeat(hot), repeat(until)))
            if len(chains) > 1 and until >= SHARED_FROM and phase < PHASES:
                chains.sort(key=lambda chain: int(chain.now[state.TOTAL]))
                chains[-1].copy_from(chains[0])

    def _cool(self, chain: Chain, stage: Stage, hot: float, until: float) -> None:
        """Run one chain until the stage has come so far."""
        rate = 200_000.0
        while (progress := stage.progress(chain.done())) < until:
            size = stage.batch(chain.done(), until, rate)
            before = time.monotonic()
            chain.run(size, hot * (self._cold / hot) ** progress, self._mix)
            rate = size / max(1e-6, time.monotonic() - before)


class Stage:
    """A part of the search: from one share of its time, or of its iterations, to another."""

    def __init__(self, stop: Stop, began: float, first: float, last: float) -> None:
        seconds, iterations = stop.seconds(), stop.solutions()
        self._stop, self._began = stop, began
        self._window = None if seconds is None else (first * seconds, last * max(0.0, seconds - RESERVE))
        self._quota = None if iterations is None else (last - first) * iterations

    def progress(self, done: int) -> float:
        """How far a chain with so many iterations in this stage is, 0..1."""
        if self._stop.is_cancelled():
            return 1.0
        if self._quota is not None:
            return 1.0 if done >= self._quota else done / self._quota
        assert self._window is not None
        first, last = self._window
        passed = time.monotonic() - self._began
        return 1.0 if passed >= last else max(0.0, (passed - first) / (last - first))

    def batch(self, done: int, until: float, rate: float) -> int:
        """Iterations to run in one go: a few milliseconds, or what is left until a progress."""
        if self._quota is None:
            return max(200, int(rate * BATCH_SECONDS))
        return min(BATCH, max(1, math.ceil(until * self._quota) - done))
