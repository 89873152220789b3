"""The race itself: every rival taps job after job, all in the same order and all at the same moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Barrier

import requests

from benchmarks.race.rivals import Rival

_PATIENCE = 120  # seconds for one answer: a queue of two hundred before eight threads is part of the race


@dataclass(slots=True)
class Answers:
    """How often each status was answered, how often each reason was given, and losers who were not told who and when."""

    statuses: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    untold: int = 0

    def __add__(self, other: Answers) -> Answers:
        return Answers(self.statuses + other.statuses, self.reasons + other.reasons, self.untold + other.untold)


def race(rivals: Sequence[Rival], port: int) -> Answers:
    """What all rivals were answered."""
    start = Barrier(len(rivals))
    with ThreadPoolExecutor(len(rivals)) as telephones:
        return sum(telephones.map(lambda rival: _tap_all(rival, port, start), rivals), Answers())


def _tap_all(rival: Rival, port: int, start: Barrier) -> Answers:
    answers = Answers()
    with requests.Session() as telephone:
        telephone.headers["Authorization"] = f"Token {rival.token}"
        start.wait()
        for offer in rival.offers:
            _tap(telephone, f"http://127.0.0.1:{port}/api/v1/pool/{offer}/accept/", answers)
    return answers


def _tap(telephone: requests.Session, address: str, answers: Answers) -> None:
    try:
        answer = telephone.post(address, json={}, timeout=_PATIENCE)
    except requests.RequestException as error:
        answers.statuses[type(error).__name__] += 1
        return
    answers.statuses[str(answer.status_code)] += 1
    if answer.status_code == 200:
        return
    [reason] = answer.json()["errors"] if answer.status_code < 500 else [{"code": "fault", "detail": ""}]
    answers.reasons[reason["code"]] += 1
    # "王** accepted this at 08:15:00": a name, and a clock.
    answers.untold += not ("**" in reason["detail"] and reason["detail"].count(":") >= 2)
