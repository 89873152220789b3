"""Solve or verify from files, without Django: `python -m dispatch.engine solve|verify ...`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from dispatch.engine.jsonform import (
    FormError,
    asked_from_json,
    params_from_json,
    plan_from_json,
    plan_to_json,
)
from dispatch.engine.problem import ProblemError
from dispatch.engine.solve import solve
from dispatch.engine.stop import MaxSeconds
from dispatch.engine.verify import verify


def main(arguments: list[str] | None = None) -> int:
    """0 when the plan keeps every rule, 1 when it does not, 2 for input that cannot be read."""
    options = _parser().parse_args(arguments)
    try:
        asked = asked_from_json(options.problem.read_text("utf-8"))
        problem = asked.problem
        if options.command == "solve":
            params = params_from_json(options.params.read_text("utf-8")) if options.params else asked.params
            seed = asked.seed if options.seed is None else options.seed
            stop = MaxSeconds(options.seconds)
            plan = solve(problem, stop=stop, params=params, seed=seed, prove=options.prove)
            options.output.write_text(plan_to_json(plan), "utf-8")
        else:
            plan = plan_from_json(options.plan.read_text("utf-8"))
    except (OSError, FormError, ProblemError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    report = verify(problem, plan)
    for violation in report.violations:
        print(f"{violation.rule}: visit {violation.visit or '-'}, carer {violation.carer or '-'}: {violation.detail}")
    figures = report.figures
    print(f"served {figures.served}, unserved {figures.unserved}, travel {figures.travel} min, cost {figures.cost}")
    if plan.gap is not None:
        print(f"within {100 * plan.gap:.1f}% of the best possible")
    elif options.command == "solve" and options.prove:
        print("no bound is known")
    return 0 if report.ok else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dispatch.engine", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    solving = commands.add_parser("solve", help="plan a problem and check the plan")
    solving.add_argument("problem", type=Path, help="JSON form of a problem, or the export of a run")
    solving.add_argument("--seconds", type=float, default=10.0)
    solving.add_argument("--seed", type=int, help="default: the run's, or 0")
    solving.add_argument("--prove", type=float, default=0.0, help="seconds for a proven bound, after the search")
    solving.add_argument("--params", type=Path, help="JSON form of the prices")
    solving.add_argument("-o", "--output", type=Path, required=True)
    checking = commands.add_parser("verify", help="check a plan")
    checking.add_argument("problem", type=Path)
    checking.add_argument("plan", type=Path)
    return parser


if __name__ == "__main__":
    sys.exit(main())
