"""The JSON forms of Problem, Params and Plan: versioned, exact both ways.

Written from the dataclasses themselves: a tuple or frozenset is a list (a set sorted),
an enum its value, a mapping an object. Read back by the types of the fields.
"""

from __future__ import annotations

import json
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from dispatch.engine.grid import Grid
from dispatch.engine.params import Params
from dispatch.engine.plan import Plan
from dispatch.engine.problem import FORM_VERSION, Problem

T = TypeVar("T")


class FormError(ValueError):
    """The text is not one of our forms; the message names the field."""


def problem_to_json(problem: Problem) -> str:
    return json.dumps({"form": "problem"} | _plain(problem), ensure_ascii=False)


def problem_from_json(text: str) -> Problem:
    """Raises FormError for text that is no problem, ProblemError for a problem that contradicts itself."""
    return _read(text, "problem", Problem)


def params_to_json(params: Params) -> str:
    return json.dumps({"form": "params", "version": FORM_VERSION} | _plain(params))


def params_from_json(text: str) -> Params:
    return _read(text, "params", Params)


def plan_to_json(plan: Plan) -> str:
    return json.dumps({"form": "plan", "version": FORM_VERSION} | _plain(plan), ensure_ascii=False)


def plan_from_json(text: str) -> Plan:
    return _read(text, "plan", Plan)


@dataclass(frozen=True, slots=True)
class Run:
    """What was asked of one run: enough to solve it again."""

    problem: Problem
    params: Params
    seed: int


def asked_from_json(text: str) -> Run:
    """A problem, or the export of a run with its prices and seed. Raises as `problem_from_json`."""
    data = _loaded(text)
    if data.get("form") != "run":
        return Run(problem_from_json(text), Params(), 0)
    _expect(data.get("version") == FORM_VERSION, "version of the run form", str(FORM_VERSION))
    _expect(isinstance(data.get("problem"), dict), "run.problem", "an object")
    _expect(isinstance(data.get("params"), dict), "run.params", "an object")
    _expect(type(data.get("seed")) is int, "run.seed", "a whole number")
    prices: Params = _typed(data["params"].get("prices", {}), Params, "run.params.prices")
    return Run(problem_from_json(json.dumps(data["problem"])), prices, data["seed"])


def _loaded(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise FormError(f"not JSON: {error}") from error
    except RecursionError as error:
        raise FormError("not one of the engine's forms: nested too deeply") from error
    return data if isinstance(data, dict) else {}


def _read(text: str, form: str, kind: type[T]) -> T:
    data = _loaded(text)
    if data.pop("form", None) != form:
        raise FormError(f'expected an object with "form": "{form}"')
    if data.get("version") != FORM_VERSION:
        raise FormError(f"version {data.get('version')!r} of the {form} form is not {FORM_VERSION}")
    if kind is not Problem:
        del data["version"]
    found: T = _typed(data, kind, form)
    return found


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, frozenset):
        return sorted(_plain(each) for each in value)
    if isinstance(value, (tuple, Grid)):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return value


_hints = cache(get_type_hints)
_LEAVES = (int, str, bool, float)


def _typed(data: Any, kind: Any, where: str) -> Any:
    """The data as the given type; FormError names the place when it is something else."""
    if kind is type(data) and kind in _LEAVES:  # nearly all of a plan, and a caller may wait for it
        return data
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return _one_of(data, inner, where)
    if is_dataclass(kind):
        return _object(data, kind, where)
    if origin in (tuple, frozenset, Sequence):
        _expect(isinstance(data, list), where, "a list")
        if origin is tuple and inner[-1] is not Ellipsis:
            _expect(len(data) == len(inner), where, f"{len(inner)} entries")
            return tuple(_typed(each, part, where) for each, part in zip(data, inner, strict=True))
        if inner[0] is int:
            _expect(all(type(each) is int for each in data), where, "whole numbers")
            return tuple(data)
        entries = (_typed(each, inner[0], f"{where}[{number}]") for number, each in enumerate(data))
        return frozenset(entries) if origin is frozenset else tuple(entries)
    if origin is not None and issubclass(origin, Mapping):
        _expect(isinstance(data, dict), where, "an object")
        return {key: _typed(each, inner[1], f"{where}.{key}") for key, each in data.items()}
    if isinstance(kind, type) and issubclass(kind, Enum):
        _expect(
            any(data == each.value and type(data) is type(each.value) for each in kind),
            where,
            f"one of {[each.value for each in kind]}",
        )
        return kind(data)
    if kind is float and type(data) is int:
        return float(data)
    _expect(type(data) is kind, where, f"a value of type {kind.__name__}")
    return data


def _one_of(data: Any, kinds: tuple[Any, ...], where: str) -> Any:
    if data is None and type(None) in kinds:
        return None
    for kind in kinds:
        if kind is type(data):
            return data
    others = [kind for kind in kinds if kind is not type(None)]
    _expect(len(others) == 1, where, f"one of {kinds}")
    return _typed(data, others[0], where)


def _object(data: Any, kind: Any, where: str) -> Any:
    _expect(isinstance(data, dict), where, "an object")
    hints = _hints(kind)
    _expect(data.keys() <= hints.keys(), where, f"no field {sorted(data.keys() - hints.keys())}")
    try:
        return kind(**{name: _typed(each, hints[name], f"{where}.{name}") for name, each in data.items()})
    except TypeError as error:
        raise FormError(f"{where}: {error}") from error


def _expect(holds: bool, where: str, what: str) -> None:
    if not holds:
        raise FormError(f"{where} must be {what}")
