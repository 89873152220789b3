"""Best known and published values per instance, from the `best_known.csv` of ../shared."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

DEFAULT = Path("../shared/benchmarks/best_known.csv")
EQUAL = 0.01  # values are rounded: a smaller difference is none

# Column -> what the table calls it; a lower value is better in all of them.
METHODS = {
    "mankowska": {
        "mk2014": "MK 2014",
        "lf2018": "LF 2018",
        "fixopt2019": "Fix&Opt 2019",
        "brkga2020_best": "BRKGA 2020",
        "mpipr2021_mean": "MP-IPR 2021 mean",
        "mpipr2021_min": "MP-IPR 2021 min",
    },
    "uhhc": {"sa2026_best": "SA 2026 best", "sa2026_mean": "SA 2026 mean", "cpsat2026": "CP-SAT 2026"},
}
SECONDS = {"mankowska": "brkga2020_seconds", "uhhc": "sa2026_mean_seconds"}


@dataclass(frozen=True, slots=True)
class Published:
    """Objective values of one instance; seconds = those of the method that the table compares times with."""

    best: float
    methods: dict[str, float]
    seconds: float | None


def read_best_known(path: Path, family: str) -> dict[str, Published]:
    """Published values by instance name; empty when there is no such file, and then gaps are left out."""
    if not path.is_file():
        print(f"No {path}: gaps are left out (--best-known FILE).")
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["set"] == family]
    return {
        row["instance"]: Published(
            best=float(row["best_known"]),
            methods={name: float(row[column]) for column, name in METHODS[family].items() if row[column]},
            seconds=float(row[SECONDS[family]]) if row[SECONDS[family]] else None,
        )
        for row in rows
    }
