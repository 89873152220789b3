"""Changing which services stand on a half-typed order: one more, one less, another one opened. Works on typed text.

All raise Invalid for a form whose counts no page of ours sends.
"""

from django.http import QueryDict

from dispatch.console.order_form import MOST_LINES
from dispatch.console.sheet import INITIAL, PREFIX, TOTAL, line_count

_KEPT_FOR_NEXT = ("day", "start", "end")  # the next service is wanted around the same time, more often than not

Line = dict[str, str]


def with_another(typed: QueryDict) -> QueryDict:
    """One more line at the end, on the day and at the time of the one before; a full sheet stays as it is."""
    lines = _lines(typed)
    if len(lines) >= MOST_LINES:
        return typed
    return _encoded(typed, [*lines, {name: lines[-1].get(name, "") for name in _KEPT_FOR_NEXT} if lines else {}])


def without(typed: QueryDict, index: int) -> QueryDict:
    """The sheet without that line; the only line and unknown ones stay."""
    lines = _lines(typed)
    if len(lines) < 2 or not 0 <= index < len(lines):
        return typed
    return _encoded(typed, lines[:index] + lines[index + 1 :])


def opened(typed: QueryDict, index: int) -> QueryDict:
    """That line moved to the end, where it is open; unknown ones change nothing."""
    lines = _lines(typed)
    if not 0 <= index < len(lines):
        return typed
    return _encoded(typed, [*lines[:index], *lines[index + 1 :], lines[index]])


def encoded(lines: list[Line], **head: str) -> QueryDict:
    """A sheet with these lines, as the form would send it."""
    typed = QueryDict(mutable=True)
    typed.update(head)
    return _encoded(typed, lines)


def only_chose(before: str, after: str) -> bool:
    """Whether a slot was chosen between two typed texts, and nothing else happened."""
    (rest, slots), (rest_then, slots_then) = _parted(before), _parted(after)
    return rest == rest_then and slots != slots_then and any(slots_then.values())


def _parted(text: str) -> tuple[Line, Line]:
    """What was typed, and the slots that were chosen."""
    fields = QueryDict(text).dict()
    slots = {name: str(value) for name, value in fields.items() if name.endswith("-slot")}
    return {name: str(value) for name, value in fields.items() if name not in slots}, slots


def _lines(typed: QueryDict) -> list[Line]:
    return [
        {
            name.removeprefix(f"{PREFIX}-{index}-"): str(typed[name])
            for name in typed
            if name.startswith(f"{PREFIX}-{index}-")
        }
        for index in range(min(line_count(typed), MOST_LINES))
    ]


def _encoded(typed: QueryDict, lines: list[Line]) -> QueryDict:
    fresh = QueryDict(mutable=True)
    fresh.update({name: str(typed[name]) for name in typed if not name.startswith(f"{PREFIX}-")})
    fresh[TOTAL], fresh[INITIAL] = str(len(lines)), "0"
    for index, line in enumerate(lines):
        fresh.update({f"{PREFIX}-{index}-{name}": value for name, value in line.items()})
    return fresh
