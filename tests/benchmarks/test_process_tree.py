"""Memory and cores are summed over a process and all that it started."""

import os
import subprocess
import sys
from pathlib import Path

from benchmarks.process_tree import tree


def test_a_process_comes_with_its_descendants_while_they_live():
    waits = "import subprocess, sys; subprocess.run(['cat'], check=True)"
    with subprocess.Popen(
        [sys.executable, "-c", f"print(flush=True); {waits}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        child.stdout.readline()
        found = set(tree(os.getpid()))
        child.stdin.close()
    ended = set(tree(os.getpid()))

    assert {os.getpid(), child.pid} <= found
    assert child.pid not in ended


def test_a_process_that_is_gone_is_no_tree():
    with subprocess.Popen(["true"]) as gone:
        pass

    assert list(tree(gone.pid)) == []


def test_a_thread_that_ends_meanwhile_hides_neither_its_process_nor_other_children(monkeypatch):
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as child:
        gone = Path(f"/proc/{os.getpid()}/task/0")
        listed = [gone, *Path(f"/proc/{os.getpid()}/task").iterdir()]
        monkeypatch.setattr(Path, "iterdir", lambda path: iter(listed if path.parent.name == str(os.getpid()) else []))
        found = list(tree(os.getpid()))
        child.stdin.close()

    assert {os.getpid(), child.pid} <= set(found)
