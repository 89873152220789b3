"""Warning of an elder who is known already: what counts, what does not, and in which order it is told."""

from datetime import date
from typing import Any

import pytest

from orders.duplicates import Newcomer, likely_duplicates
from tests.cast import Cast, make_elder, make_person

BORN = date(1941, 8, 15)  # 张桂兰 of 扬口村 in 高沟镇


def why(cast: Cast, **typed: object) -> list[tuple[str, tuple[str, ...], bool]]:
    likely = likely_duplicates(cast.operator, Newcomer(**typed))
    return [(each.elder.person.name, tuple(str(word) for word in each.why), each.is_certain) for each in likely]


@pytest.mark.parametrize(
    ("typed", "reasons"),
    [
        ({"id_number": "320826194108159989"}, ("身份证号相同",)),
        ({"id_number": "３２０８２６ 19410815 9989"}, ("身份证号相同",)),
        ({"phones": ("138 0013 8000",)}, ("电话相同",)),
        ({"phones": ("13900000000", "82380123")}, ("电话相同",)),  # one of two, without the area code
        ({"name": "张桂兰", "birth_date": date(1943, 8, 1)}, ("同名", "年龄相近")),
        ({"name": "章桂兰", "birth_date": BORN, "town": "gaogou"}, ("同音", "年龄相近", "同镇街")),
        ({"name": "张桂兰", "town": "gaogou", "village": "扬口村"}, ("同名", "同村", "同镇街")),
        ({"name": "章贵兰", "town": "gaogou", "village": "扬口村"}, ("同音", "同村", "同镇街")),
    ],
)
def test_what_makes_an_elder_likely_the_same(cast: Cast, typed: dict[str, Any], reasons: tuple[str, ...]) -> None:
    typed = typed | ({"town": cast.gaogou} if "town" in typed else {})
    said = tuple("姓名同音" if reason == "同音" else reason for reason in reasons)

    assert why(cast, **typed) == [("张桂兰", said, "id_number" in typed)]


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"name": "张桂兰"},  # a name alone
        {"name": "张桂兰", "birth_date": date(1944, 8, 18)},  # three years younger
        {"name": "章桂兰", "birth_date": BORN},  # only sounds the same, and the town is not known
        {"name": "张桂芳", "birth_date": BORN, "town": "gaogou", "village": "扬口村"},
        {"name": "张桂", "birth_date": BORN, "town": "gaogou", "village": "扬口村"},  # still being typed
        {"name": "张桂兰", "town": "chaomian", "village": "扬口村"},  # a village of that name elsewhere
        {"phones": ("13800138001",)},
        {"phones": ("1380013",)},  # not a number yet
        {"id_number": "32082619410815998"},
        {"birth_date": BORN, "town": "gaogou", "village": "扬口村"},
    ],
)
def test_what_does_not(cast: Cast, typed: dict[str, Any]) -> None:
    if "town" in typed:
        typed = typed | {"town": getattr(cast, typed["town"])}

    assert why(cast, **typed) == []


def test_somebody_with_the_phone_who_is_no_elder_is_none_of_them(cast: Cast) -> None:
    assert why(cast, phones=("13900139001",)) == []


def test_the_likeliest_come_first_and_five_are_enough(cast: Cast) -> None:
    for number in range(5):
        make_elder(make_person("张桂兰", "F", cast.chaomian, birth_date=BORN), f"X{number}")
    homophone = make_person("章桂兰", "F", cast.gaogou, birth_date=BORN, village="扬口村", phones=("13911112222",))
    make_elder(homophone, "X9")

    likely = likely_duplicates(
        cast.operator,
        Newcomer(name="张桂兰", phones=("13911112222",), birth_date=BORN, town=cast.gaogou, village="扬口村"),
    )

    assert [each.elder.number for each in likely] == ["X9", "E0001", "X0", "X1", "X2"]


def test_nobody_is_warned_of_whom_they_may_not_see(cast: Cast) -> None:
    assert likely_duplicates(cast.worker_user, Newcomer(phones=("13800138000",))) == []
