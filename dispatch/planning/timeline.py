"""The timeline as numbers for one SVG: pixels from the left for minutes, a lane per carer."""

from dataclasses import dataclass

from dispatch.planning.board import Board, Task

PIXELS_A_MINUTE = 1.0
LANE = 44
HEAD = 28


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of time on a lane."""

    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Work:
    """A visit on a lane, with the way to it."""

    task: Task
    bar: Bar
    way: Bar
    y: int
    is_pair: bool  # another carer serves the same visit
    text: str  # what fits into the bar


@dataclass(frozen=True, slots=True)
class Lane:
    carer_pk: int
    y: int
    shifts: list[Bar]
    lunch: Bar | None
    works: list[Work]


@dataclass(frozen=True, slots=True)
class Timeline:
    width: float
    height: int
    hours: list[tuple[float, str]]
    lanes: list[Lane]
    pairs: list[tuple[float, int, float, int]]  # lines between the two halves of a double-up
    now_x: float | None


def timeline(board: Board) -> Timeline:
    """The board's rows laid out between the first and the last full hour that has anything in it."""
    edges = [edge for row in board.rows for shift in row.shifts for edge in shift]
    edges += [edge for row in board.rows for task in row.tasks for edge in (task.arrive - task.travel, task.end)]
    first, last = (min(edges) // 60, -(-max(edges) // 60)) if edges else (8, 18)

    def x(minute: int) -> float:
        return round((minute - first * 60) * PIXELS_A_MINUTE, 1)

    def bar(start: int, end: int) -> Bar:
        return Bar(x(start), round((end - start) * PIXELS_A_MINUTE, 1))

    carers_of: dict[int, set[int]] = {}
    for row in board.rows:
        for task in row.tasks:
            carers_of.setdefault(task.visit, set()).add(task.carer)
    lanes: list[Lane] = []
    ends: dict[int, list[tuple[float, int]]] = {}
    for number, row in enumerate(board.rows):
        y = HEAD + number * LANE
        works = []
        for task in row.tasks:
            is_pair = len(carers_of[task.visit]) > 1
            visit = board.visits.get(task.visit)
            text = f"{visit.item}"[: max(int((task.end - task.start) * PIXELS_A_MINUTE // 16), 1)] if visit else ""
            way = bar(task.arrive - task.travel, task.arrive)
            works.append(Work(task, bar(task.start, task.end), way, y, is_pair, text))
            if is_pair:
                ends.setdefault(task.visit, []).append((x(task.start), y + LANE // 2))
        shifts = [bar(start, end) for start, end in row.shifts]
        lanes.append(Lane(row.carer.pk, y, shifts, bar(*row.lunch) if row.lunch else None, works))
    now = board.now_minute
    return Timeline(
        width=x(last * 60),
        height=HEAD + LANE * len(lanes),
        hours=[(x(hour * 60), f"{hour:02d}:00") for hour in range(first, last)],
        lanes=lanes,
        pairs=[(*a, *b) for a, b in (points for points in ends.values() if len(points) == 2)],
        now_x=x(now) if now is not None and first * 60 <= now <= last * 60 else None,
    )
