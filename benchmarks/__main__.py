"""`python -m benchmarks COMMAND`: each command is one module of `benchmarks.commands`."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

COMMANDS = {
    "town": "seeded town days, ours beside PyVRP, VROOM and OR-Tools at equal time on one core",
    "mankowska": "public instances of Mankowska et al. 2014, gaps to best known and published values",
    "uhhc": "public instances of the unified formulation (UHHC) 2026, gaps to best known and published values",
    "county": "a county's day, town by town on two processes: seconds, memory, and how both grow",
    "replan": "a carer drops out, an elder cancels, a visit overruns: latency and what changes",
    "insert": "the best slots for one new visit on a running plan: latency",
    "console": "operators at five times the peak beside plans and reports: pop, slots and save",
    "api": "a carer's day at fifty requests a second, beside a bare Django view on the same server",
    "race": "two hundred carers tap for the same open jobs at once, on both databases: winners and answers",
    "quick": "a short version of each of the above, one after the other",
}


def main(argv: list[str]) -> int:
    if not argv or argv[0] not in COMMANDS:
        print("python -m benchmarks COMMAND [-h]\n")
        for name, purpose in COMMANDS.items():
            print(f"  {name:<10} {purpose}")
        return 0 if argv in ([], ["-h"], ["--help"]) else 2
    command = import_module(f"benchmarks.commands.{argv[0]}")
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks {argv[0]}", description=COMMANDS[argv[0]])
    command.add_arguments(parser)
    return int(command.run(parser.parse_args(argv[1:])))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
