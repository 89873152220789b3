"""What would serve an unserved visit, in a dispatcher's words."""

import pytest
from django.test import Client
from django.utils.translation import override

from dispatch.engine.plan import ReasonCode, RelaxationKind
from dispatch.engine.rules import Rule
from dispatch.planning.models import PlanRun
from dispatch.planning.words import _RELAXATIONS, quality_text, reason_text, relaxation_text, remedy_text, rule_text
from orders.models import Visit
from people.roles import Role
from tests.dispatch.planning.test_board import DAY, logged_in, run  # noqa: F401
from volunteers.models import Carer

NAMES = {1: "王芳", 2: "李强"}


def row(kind: str, amount: int, *carers: int) -> dict[str, object]:
    found = {"kind": kind, "amount": amount, "carers": list(carers), "start": 870, "extra_travel": 4}
    return {"code": "no_carer_free_in_window", "proven": False, "relaxation": found}


@pytest.mark.parametrize(
    ("reason", "chinese", "english"),
    [
        (row("later", 15, 1), "晚15 分（14:30）可由王芳上门", "王芳 could come 15 min later, at 14:30"),
        (
            row("earlier", 75, 1, 2),
            "早1 小时 15 分（14:30）可由王芳、李强上门",
            "王芳 and 李强 could come 1 h 15 min earlier, at 14:30",
        ),
        (
            row("more_visits", 1, 2),
            "14:30 可由李强上门，将超过每日次数上限",
            "李强 could come at 14:30, past the daily maximum of visits",
        ),
        (row("ask_again", 1, 2), "14:30 可由李强上门，需再问一次", "李强 could come at 14:30, if asked again"),
        ({"code": "barred", "proven": True}, "", ""),  # nothing was found
        (row("later", 15, 3), "", ""),  # the carer is not here any more
        (row("magic", 15, 1), "", ""),  # a word of another version
    ],
)
def test_a_relaxation_is_said_plainly(reason: dict[str, object], chinese: str, english: str) -> None:
    with override("zh-hans"):
        assert relaxation_text(reason, NAMES) == chinese
    with override("en"):
        assert relaxation_text(reason, NAMES) == english


@pytest.mark.parametrize(
    ("gap", "chinese", "english"),
    [
        (0.0141, "与最优方案相差不超过 1.4%", "within 1.4% of the best possible"),
        (0.0, "与最优方案相差不超过 0.0%", "within 0.0% of the best possible"),
        (None, "离最优多远尚未证明", "no bound is known"),
    ],
)
def test_how_good_a_plan_is(gap: float | None, chinese: str, english: str) -> None:
    with override("zh-hans"):
        assert quality_text(gap) == chinese
    with override("en"):
        assert quality_text(gap) == english


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_reason_of_the_engine_has_words_and_a_remedy(language: str) -> None:
    with override(language):
        said = {code: str(reason_text({"code": code.value})) for code in ReasonCode}
        helps = {code: str(remedy_text({"code": code.value})) for code in ReasonCode}
    assert [code for code, text in said.items() if text == code] == []
    assert [code for code, text in helps.items() if not text] == []
    assert set(_RELAXATIONS) == set(RelaxationKind)


def test_the_limit_of_an_organisation_is_said_plainly() -> None:
    limit = {"code": ReasonCode.ORGANISATION_LIMIT_REACHED.value}
    with override("zh-hans"):
        assert str(rule_text(Rule.ORGANISATION_LIMIT.value)) == "该机构当天的时长已满。"
        assert str(reason_text(limit)) == "能来的人所属机构当天的时长都已排满"
        assert str(remedy_text(limit)) == "提高机构的每日时长上限，或安排其他机构的人员当班。"
    with override("en"):
        assert str(rule_text(Rule.ORGANISATION_LIMIT.value)) == (
            "The organisation has as many minutes as allowed in a day."
        )
        assert str(reason_text(limit)) == (
            "The organisations of those who could have all the minutes they may do in a day"
        )
        assert str(remedy_text(limit)) == (
            "Raise an organisation's daily limit, or put a carer of another organisation on duty."
        )


@pytest.mark.django_db
def test_the_board_says_what_would_serve_the_visit(client: Client, run: PlanRun) -> None:  # noqa: F811
    logged_in(client, Role.DISPATCHER)
    carer = Carer.objects.get(number="C1")
    Visit.objects.filter(item__code="CLEAN").update(unserved_reasons=[row("later", 15, carer.pk)])

    page = client.get(DAY, {"view": "standing"}).content.decode()

    assert "晚15 分（14:30）可由护工C1上门" in page
