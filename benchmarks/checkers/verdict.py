"""What a checker answers: the broken rules in words, and the figures it counted itself."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Verdict:
    """`objective` and `terms` count for something only when `broken` is empty."""

    broken: tuple[str, ...]
    objective: float
    terms: dict[str, float] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not self.broken
