"""The neutral form of a solution: what every solver's answer becomes and every checker reads.

`{"routes": {carer: [[patient, service, start], ...]}}`, one list per carer in the order
of the day; a lunch break is `[place, "lunch_break", start, minutes]`. Starts are minutes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

LUNCH = "lunch_break"

Row: TypeAlias = Sequence[Any]  # patient or place, service or "lunch_break", start, and a break's minutes
Routes: TypeAlias = Mapping[str, Sequence[Row]]


def write_solution(folder: Path, *, instance: str, objective: float, seconds: float, routes: Routes) -> Path:
    """Writes `folder/<instance>.json`, one row a line, and says where; seconds are wall time of the solve."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{instance}.json"
    head = {"instance": instance, "objective": objective, "seconds": round(seconds, 3)}
    lines = [f" {json.dumps(key)}: {json.dumps(value)}," for key, value in head.items()]
    carers = [
        f"  {json.dumps(carer)}: [" + ", ".join(json.dumps(list(row), ensure_ascii=False) for row in rows) + "]"
        for carer, rows in routes.items()
    ]
    text = "{\n" + "\n".join(lines) + '\n "routes": {\n' + ",\n".join(carers) + "\n }\n}\n"
    path.write_text(text, encoding="utf-8")
    return path


def read_solution(path: Path) -> dict[str, Any]:
    """The file as a dict with at least `routes`.

    Raises:
        ValueError: the file has no routes.
    """
    solution: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(solution.get("routes"), dict):
        raise ValueError(f"{path} has no routes: it is not in the neutral form")
    return solution
