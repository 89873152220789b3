"""Solutions on disk are what the shared description says, and gaps come from the shared table."""

import json

import pytest

from benchmarks.best_known import Published, read_best_known
from benchmarks.neutral import read_solution, write_solution
from benchmarks.table import percent, quantile, render

ROUTES = {"c1": [["p5", "s1", 195], [None, "lunch_break", 300, 30]], "c2": []}


def test_a_solution_is_written_as_described(tmp_path):
    path = write_solution(tmp_path / "out", instance="A1", objective=218.199, seconds=1.23456, routes=ROUTES)

    assert path == tmp_path / "out" / "A1.json"
    assert json.loads(path.read_text()) == {"instance": "A1", "objective": 218.199, "seconds": 1.235, "routes": ROUTES}
    assert read_solution(path)["routes"] == ROUTES


def test_a_file_without_routes_is_refused(tmp_path):
    path = tmp_path / "other.json"
    path.write_text('{"objective": 1}')

    with pytest.raises(ValueError, match="has no routes"):
        read_solution(path)


def test_best_known_values_are_read_by_set_and_instance(tmp_path):
    path = tmp_path / "best_known.csv"
    path.write_text(
        "set,instance,best_known,mk2014,lf2018,fixopt2019,brkga2020_best,brkga2020_seconds,mpipr2021_mean,"
        "mpipr2021_min,sa2026_best,sa2026_mean,sa2026_mean_seconds,cpsat2026\n"
        "mankowska,E1,100.5,120,,110,105,24.5,,,,,,\n"
        "uhhc,i-1,200,,,,,,,,200,210,13.6,\n"
    )

    assert read_best_known(path, "mankowska") == {
        "E1": Published(100.5, {"MK 2014": 120.0, "Fix&Opt 2019": 110.0, "BRKGA 2020": 105.0}, 24.5)
    }
    assert read_best_known(path, "uhhc")["i-1"].seconds == 13.6


def test_without_the_table_gaps_are_left_out(tmp_path, capsys):
    assert read_best_known(tmp_path / "none.csv", "uhhc") == {}
    assert "gaps are left out" in capsys.readouterr().out


def test_figures_are_written_for_people():
    assert percent(98, 100) == "-2.00%"
    assert percent(99.9999, 100) == "+0.00%"
    assert percent(5, 0) == ""
    assert [quantile([4, 1, 3, 2], share) for share in (0.5, 0.95, 1.0)] == [2, 4, 4]
    assert render(["a", "b"], [["x", "10"]]) == "| a |  b |\n| - | -: |\n| x | 10 |"
