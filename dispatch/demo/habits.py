"""What the simulated people do differently from the plan, as shares of their work."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Habits:
    """Shares of offers (declining, silent) and of visits (away, short, missing); `cancelling` is a number of visits."""

    declining: float = 0.0
    silent: float = 0.0
    cancelling: int = 0
    away: float = 0.0  # checked in a kilometre from the home
    short: float = 0.0  # left after half of the time
    missing: float = 0.0  # did not come
    jitter: int = 0  # minutes a carer may begin later than planned


AS_PLANNED = Habits()
AS_IN_LIFE = Habits(declining=0.04, silent=0.01, cancelling=4, away=1 / 80, short=1 / 100, missing=1 / 300, jitter=3)
