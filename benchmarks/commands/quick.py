"""`quick`: a short version of every command, so that `make bench` shows in two minutes what moved.

Short runs and single seeds: enough to see a change, not enough to claim one.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

PUBLIC = Path("../shared/benchmarks")
MANKOWSKA = ("InstanzCPLEX_HCSRP_25_1.txt", "InstanzCPLEX_HCSRP_50_1.txt", "InstanzVNS_HCSRP_100_1.txt")
UHHC = ("i-100.json", "i-077.json")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--list", action="store_true", help="only show the commands")


def run(args: argparse.Namespace) -> int:
    worst = 0
    for command in _commands():
        print(f"\n== python -m benchmarks {' '.join(command)}", flush=True)
        if not args.list:
            worst = max(worst, subprocess.run([sys.executable, "-m", "benchmarks", *command], check=False).returncode)
    return worst


def _commands() -> list[list[str]]:
    commands = [["town", "--carers", "20", "40", "--seconds", "2", "--seeds", "1", "--peers"]]
    for name, files in (("mankowska", MANKOWSKA), ("uhhc", UHHC)):
        found = [str(PUBLIC / name / file) for file in files if (PUBLIC / name / file).is_file()]
        if found:
            commands.append([name, *found, "--seconds", "4", "--out", f"var/bench/{name}"])
        else:
            print(f"{PUBLIC / name} is not there: {name} is left out.")
    commands.append(["county", "--visits", "1312", "--carers", "248", "--towns", "4", "--seconds", "2"])
    commands.append(["insert", "--trials", "20", "--plan-seconds", "2"])
    commands.append(["replan", "--trials", "5", "--plan-seconds", "2"])
    return commands
