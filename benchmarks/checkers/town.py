"""The one judge of town days: it reads the day and the routes, and knows no solver.

Hard rules: known carers and visits, the carer may give the service, each visit by as many
carers as it needs (all or none, different ones, in the same minute), starts inside the
window, time for each way, home inside the shift.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from benchmarks.checkers.verdict import Verdict
from benchmarks.instances.town import TownCarer, TownDay, TownVisit
from benchmarks.neutral import Routes


def check_town(day: TownDay, routes: Routes) -> Verdict:
    """The broken rules; objective = visits left out, terms `served` (visits) and `travel` (minutes)."""
    judge = _Judge(day)
    broken = [*judge.unknown(routes)]
    if broken:
        return Verdict(tuple(broken), len(day.visits))
    for carer in day.carers:
        broken += judge.route(carer, [(str(row[0]), int(row[2])) for row in routes.get(carer.id, [])])
    broken += judge.visits()
    served = len(judge.given)
    terms = {"served": float(served), "travel": float(judge.travel)}
    return Verdict(tuple(broken), len(day.visits) - served, terms)


class _Judge:
    def __init__(self, day: TownDay) -> None:
        self.day = day
        self.visit_of = {visit.id: visit for visit in day.visits}
        self.given: dict[str, list[tuple[str, int]]] = defaultdict(list)  # visit -> (carer, start)
        self.travel = 0

    def unknown(self, routes: Routes) -> Iterator[str]:
        carers = {carer.id for carer in self.day.carers}
        for carer, rows in routes.items():
            if carer not in carers:
                yield f"carer {carer} is not in the day"
            for row in rows:
                visit = self.visit_of.get(str(row[0]))
                if visit is None:
                    yield f"visit {row[0]} is not in the day"
                elif row[1] != visit.service:
                    yield f"{visit.id} needs {visit.service}, the route says {row[1]}"
                elif int(row[2]) != row[2]:
                    yield f"{visit.id} starts at {row[2]}, which is no whole minute"

    def route(self, carer: TownCarer, stops: list[tuple[str, int]]) -> Iterator[str]:
        here, ready = carer.home, carer.start
        for id_, start in stops:
            visit = self.visit_of[id_]
            self.given[id_].append((carer.id, start))
            if visit.service not in carer.services:
                yield f"{carer.id} may not give {visit.service} to {id_}"
            yield from _window(visit, start)
            way = self.day.travel[here][visit.place]
            if ready + way > start:
                yield f"{carer.id} reaches {id_} at {ready + way}, after its start at {start}"
            self.travel += way
            here, ready = visit.place, start + visit.minutes
        if stops:
            way = self.day.travel[here][carer.home]
            self.travel += way
            if ready + way > carer.end:
                yield f"{carer.id} is home at {ready + way}, after the shift's end at {carer.end}"

    def visits(self) -> Iterator[str]:
        for id_, given in self.given.items():
            needed = self.visit_of[id_].carers
            if len(given) != needed:
                yield f"{id_} is given {len(given)} times, needed: {needed}"
            if len({carer for carer, _ in given}) < len(given):
                yield f"{id_} is given twice by one carer"
            if len({start for _, start in given}) > 1:
                yield f"the carers of {id_} do not start together"


def _window(visit: TownVisit, start: int) -> Iterator[str]:
    if not visit.opens <= start <= visit.closes:
        yield f"{visit.id} starts at {start}, outside {visit.opens}-{visit.closes}"
