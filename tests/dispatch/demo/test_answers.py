"""The simulated carers answer as people do: what is gone from the screen is passed over."""

from datetime import date
from typing import Any

from dispatch.demo.day import answer_offers
from dispatch.demo.phones import TooLate

DAY = date(2026, 9, 14)


class Screen:
    """A phone with two offers, of which the first is withdrawn before it is answered."""

    seed = 1

    def __init__(self):
        self.answered = []

    def offers(self, day):
        assert day == DAY
        return [{"id": 7}, {"id": 8}]

    def post(self, path, **body):
        if path.startswith("offers/7/"):
            raise TooLate(path)
        self.answered.append((path, body))


def every(work, total, name):
    return work


def test_a_withdrawn_offer_is_passed_over_and_the_next_one_accepted():
    phone: Any = Screen()

    declined = answer_offers({1: phone}, day=DAY, declining=0.0, silent=0.0, progress=every)

    assert (declined, phone.answered) == (0, [("offers/8/accept/", {})])


def test_only_a_decline_that_arrived_is_counted():
    phone: Any = Screen()

    declined = answer_offers({1: phone}, day=DAY, declining=1.0, silent=0.0, progress=every)

    assert declined == 1
    assert [path for path, _ in phone.answered] == ["offers/8/decline/"]
