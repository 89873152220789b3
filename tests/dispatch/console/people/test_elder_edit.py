"""Correcting the card: two operators at once see each other, and the second one's words are not lost."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from dispatch.console import elder_edit
from dispatch.console.models import Editing
from dispatch.console.presence import at_card
from orders.card import CardChange, card_facts
from orders.models import ElderAlert
from orders.services.card import change_card
from tests.cast import NOW, Cast

HTMX = {"HX-Request": "true"}


def save(client: Client, cast: Cast, seen: str = "", headers: Any = HTMX, **typed: Any) -> Any:
    version = seen or card_facts(cast.elder).version()
    return client.post(f"/console/elders/{cast.elder.pk}/edit/", {"seen": version} | typed, headers=headers)


def test_the_card_is_shown_without_its_secrets(operator: Client, cast: Cast) -> None:
    ElderAlert.objects.create(elder=cast.elder, kind="KEY_SAFE", note="密码四七一一")

    page = operator.get(f"/console/elders/{cast.elder.pk}/edit/").content.decode()

    assert "138****8000" in page
    assert "已登记。留空则保持不变。" in page
    assert "密码" not in page
    assert "13800138000" not in page


def test_a_correction_is_saved_and_the_card_is_told(operator: Client, cast: Cast) -> None:
    answer = save(operator, cast, gender_wish="F", home_adapted="on", alerts=["DOG"], note_DOG="拴着")

    assert (answer.status_code, answer["HX-Trigger"]) == (200, "elder-changed")
    facts = card_facts(cast.elder)
    assert (facts.gender_wish, facts.home_adapted, facts.alerts) == ("F", True, (("DOG", "拴着"),))
    assert f'value="{facts.version()}"' in answer.content.decode()


def test_without_scripts_the_elders_page_follows(operator: Client, cast: Cast) -> None:
    answer = save(operator, cast, headers={})

    assert (answer.status_code, answer["Location"]) == (302, f"/console/?elder={cast.elder.pk}")


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_a_stale_save_is_refused_with_both_versions(operator: Client, cast: Cast, headers: dict[str, str]) -> None:
    seen = card_facts(cast.elder).version()
    first = CardChange(gender_wish="M", alerts={"DOG": ""})
    change_card(elder=cast.elder, seen=seen, change=first, actor=cast.administrator, now=NOW)
    before = card_facts(cast.elder)

    answer = save(operator, cast, seen, headers, gender_wish="F", new_phone="13700137000")

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "吴建国 已改过这张老人卡（今天 08:30）" in page
    assert [(str(v.label), v.hers, v.stored) for v in answer.context["versions"]] == [
        ("希望服务人员是", "女", "男"),
        ("家中已做适老化改造", "否", "否"),
        ("上门前须知", "–", "院内有狗"),
        ("电话", "138****8000、517****0123、137****7000", "138****8000、517****0123"),
    ]
    assert 'value="13700137000"' in page  # typed, and kept
    assert card_facts(cast.elder) == before

    again = save(operator, cast, answer.context["form"]["seen"].value(), gender_wish="F", new_phone="13700137000")
    assert again.status_code == 200
    assert card_facts(cast.elder).gender_wish == "F"


def test_somebody_who_is_quicker_by_a_hair_wins_all_the_same(
    operator: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other's save comes after the page compared the versions and before the service does."""

    def after_another(**words: Any) -> None:
        seen = card_facts(cast.elder).version()
        other = CardChange(home_adapted=True)
        change_card(elder=cast.elder, seen=seen, change=other, actor=cast.administrator, now=NOW)
        change_card(**words)

    monkeypatch.setattr(elder_edit, "change_card", after_another)

    answer = save(operator, cast, gender_wish="F")

    assert answer.status_code == 409
    facts = card_facts(cast.elder)
    assert (facts.gender_wish, facts.home_adapted) == ("", True)


@pytest.mark.parametrize(
    ("typed", "field", "status"),
    [
        ({"gender_wish": "X"}, "gender_wish", 400),
        ({"alerts": ["CAT"]}, "alerts", 400),
        ({"new_phone": "120"}, "new_phone", 400),
        ({"new_phone": "13800138000"}, "__all__", 409),  # recorded already
        ({"first_phone": "999999"}, "first_phone", 400),
        ({"gone_phones": ["999999"]}, "gone_phones", 400),
        ({"alerts": ["DOG"], "note_DOG": "狗" * 201}, "note_DOG", 400),
    ],
)
def test_a_refused_correction_changes_nothing(
    operator: Client, cast: Cast, typed: dict[str, Any], field: str, status: int
) -> None:
    before = card_facts(cast.elder)

    answer = save(operator, cast, home_adapted="on", **typed)

    assert (answer.status_code, list(answer.context["form"].errors)) == (status, [field])
    assert card_facts(cast.elder) == before


# Who else is at the card -----------------------------------------------------------------------------------------------


def test_the_second_operator_sees_who_is_at_the_card(operator: Client, cast: Cast) -> None:
    at_card(cast.administrator, cast.elder, NOW - timedelta(seconds=9))

    page = operator.get(f"/console/elders/{cast.elder.pk}/edit/").content.decode()

    assert "吴建国 也在看这张老人卡" in page
    assert at_card(cast.administrator, cast.elder, NOW) == [cast.operator]


def test_who_was_not_heard_of_for_ten_seconds_is_gone(cast: Cast) -> None:
    assert at_card(cast.operator, cast.elder, NOW) == []

    assert at_card(cast.administrator, cast.elder, NOW + timedelta(seconds=9)) == [cast.operator]
    assert at_card(cast.administrator, cast.elder, NOW + timedelta(seconds=10)) == []
    assert at_card(cast.administrator, cast.both_elder, NOW) == []


def test_a_repeat_is_one_query_and_old_cards_are_forgotten(cast: Cast, django_assert_num_queries: Any) -> None:
    at_card(cast.operator, cast.elder, NOW)
    with django_assert_num_queries(1):
        at_card(cast.operator, cast.elder, NOW + timedelta(seconds=2))

    at_card(cast.operator, cast.both_elder, NOW + timedelta(hours=2))

    assert list(Editing.objects.values_list("elder", "seen_at")) == [(cast.both_elder.pk, NOW + timedelta(hours=2))]
