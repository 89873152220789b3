"""The JSON forms give back exactly what went in, and refuse what they do not know."""

import json
from dataclasses import fields
from pathlib import Path
from random import Random

import pytest

from dispatch.engine.__main__ import main
from dispatch.engine.jsonform import (
    FormError,
    asked_from_json,
    params_from_json,
    params_to_json,
    plan_from_json,
    plan_to_json,
    problem_from_json,
    problem_to_json,
)
from dispatch.engine.params import Params
from dispatch.engine.plan import Figures, Plan, Reason, Relaxation, Route, Scarcity, Stop, Unserved
from dispatch.engine.problem import Carer, Leg, Link, Lunch, Pin, Problem, ProblemError, Visit, Window
from dispatch.engine.solve import solve
from dispatch.engine.stop import MaxSolutions
from tests.dispatch.engine.random_days import random_day
from tests.dispatch.engine.town import carer, problem, visit


@pytest.mark.parametrize("seed", range(8))
def test_problem_and_plan_come_back_as_they_went(seed):
    asked = random_day(Random(seed))
    plan = solve(asked, stop=MaxSolutions(2), params=Params(lateness=7))

    assert problem_from_json(problem_to_json(asked)) == asked
    assert plan_from_json(plan_to_json(plan)) == plan
    assert params_from_json(params_to_json(plan.params)) == plan.params


SMALL = json.loads(problem_to_json(problem([visit()], [carer()])))
BAD = [
    ("{", "not JSON"),
    ("[" * 100_000, "nested too deeply"),
    ("[]", 'expected an object with "form": "problem"'),
    (json.dumps(SMALL | {"form": "plan"}), 'expected an object with "form": "problem"'),
    (json.dumps(SMALL | {"version": 9}), "version 9 of the problem form is not 1"),
    (json.dumps(SMALL | {"colour": "red"}), "problem must be no field ['colour']"),
    (json.dumps(SMALL | {"places": "61"}), "problem.places must be a value of type int"),
    (json.dumps(SMALL | {"places": True}), "problem.places must be a value of type int"),
    (json.dumps(SMALL | {"visits": {}}), "problem.visits must be a list"),
    (json.dumps(SMALL | {"visits": [{"id": "v1"}]}), "problem.visits[0]: "),
    (json.dumps(SMALL | {"travel": {"ebike": [[0.5]]}}), "must be whole numbers"),
    (json.dumps(SMALL | {"pins": [{"leg": 1, "carer": "ann"}]}), "problem.pins[0].leg must be a value of type str"),
]


@pytest.mark.parametrize(("text", "message"), BAD)
def test_what_is_no_problem_form_is_refused(text, message):
    with pytest.raises(FormError) as refused:
        problem_from_json(text)

    assert message in str(refused.value)


def test_a_contradictory_problem_is_refused_as_such():
    with pytest.raises(ProblemError, match="buffer is negative"):
        problem_from_json(json.dumps(SMALL | {"buffer": -1}))


def test_the_command_solves_and_verifies_files(tmp_path, capsys):
    asked, answer = tmp_path / "problem.json", tmp_path / "plan.json"
    asked.write_text(json.dumps(SMALL), "utf-8")

    assert main(["solve", str(asked), "--seconds", "0", "--seed", "3", "-o", str(answer)]) == 0
    assert plan_from_json(answer.read_text("utf-8")).seed == 3
    assert main(["verify", str(asked), str(answer)]) == 0
    assert capsys.readouterr().out == "served 1, unserved 0, travel 20 min, cost 20\n" * 2


def test_the_command_names_what_a_plan_breaks(tmp_path, capsys):
    asked, answer = tmp_path / "problem.json", tmp_path / "plan.json"
    asked.write_text(json.dumps(SMALL), "utf-8")
    main(["solve", str(asked), "--seconds", "0", "-o", str(answer)])
    asked.write_text(problem_to_json(problem([visit(gender="f")], [carer()])), "utf-8")
    capsys.readouterr()

    assert main(["verify", str(asked), str(answer)]) == 1
    assert capsys.readouterr().out.startswith("gender: visit v1, carer ann: \n")


def test_the_command_says_what_it_cannot_read(tmp_path, capsys):
    asked = tmp_path / "problem.json"
    asked.write_text("{", "utf-8")

    assert main(["verify", str(asked), str(asked)]) == 2
    assert "not JSON" in capsys.readouterr().err


EXPORT = {
    "form": "run",
    "version": 1,
    "run": 7,
    "seed": 4,
    "params": {"prices": {"travel": 2}, "stop": {"seconds": 1}},
    "problem": SMALL,
    "plan": None,
}


def test_the_export_of_a_run_is_solved_with_its_prices_and_seed(tmp_path):
    asked, answer = tmp_path / "run.json", tmp_path / "plan.json"
    asked.write_text(json.dumps(EXPORT), "utf-8")

    assert main(["solve", str(asked), "--seconds", "0", "-o", str(answer)]) == 0

    plan = plan_from_json(answer.read_text("utf-8"))
    assert (plan.seed, plan.params, plan.figures.cost) == (4, Params(travel=2), 40)
    assert main(["verify", str(asked), str(answer)]) == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"version": 2}, "version of the run form must be 1"),
        ({"problem": None}, "run.problem must be an object"),
        ({"params": []}, "run.params must be an object"),
        ({"params": {"prices": {"colour": 1}}}, "run.params.prices must be no field ['colour']"),
        ({"seed": "4"}, "run.seed must be a whole number"),
        ({"problem": SMALL | {"places": "61"}}, "problem.places must be a value of type int"),
    ],
)
def test_an_export_that_was_damaged_is_refused(changes, message):
    with pytest.raises(FormError) as refused:
        asked_from_json(json.dumps(EXPORT | changes))

    assert message in str(refused.value)


def test_what_was_stored_before_a_field_came_is_still_read():
    later = {"horizon", "published", "organisation_minutes"}
    old = {name: value for name, value in SMALL.items() if name not in later}
    old["visits"] = [{name: value for name, value in old["visits"][0].items() if name != "popular"}]
    old["carers"] = [
        {name: value for name, value in old["carers"][0].items() if name not in {"organisation", "popular_before"}}
    ]

    assert problem_from_json(json.dumps(old)) == problem([visit()], [carer()])


def test_every_field_of_the_forms_is_documented():
    page = (Path(__file__).parents[3] / "docs/mechanisms/engine-forms.md").read_text("utf-8")
    kinds = (Problem, Visit, Window, Leg, Link, Carer, Lunch, Pin, Params, Plan, Route, Stop, Unserved, Reason)

    missing = [
        f"{kind.__name__}.{each.name}"
        for kind in (*kinds, Relaxation, Scarcity, Figures)
        for each in fields(kind)
        if f"`{each.name}`" not in page
    ]

    assert missing == []
