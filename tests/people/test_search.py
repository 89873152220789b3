"""Finding somebody while they are on the line."""

from datetime import date

import pytest

from people import pinyin
from people.models import Person, TownDuty
from people.selectors import people_visible_to, search_people, towns_visible_to
from tests.cast import Cast, make_person


@pytest.mark.parametrize(
    ("name", "reading", "initials"),
    [
        # Surnames that the dictionary reads otherwise in everyday words.
        ("曾国庆", "zengguoqing", "zgq"),
        ("单秀英", "shanxiuying", "sxy"),
        ("仇美兰", "qiumeilan", "qml"),
        ("区建华", "oujianhua", "ojh"),
        ("解永富", "xieyongfu", "xyf"),
        ("任桂芳", "renguifang", "rgf"),
        ("查德才", "zhadecai", "zdc"),
        ("吕秀珍", "lvxiuzhen", "lxz"),
        ("欧阳明", "ouyangming", "oym"),
        ("A.Wang", "awang", "awang"),
        ("阿依古丽·买买提", "ayigulimaimaiti", "ayglmmt"),
    ],
)
def test_the_likeliest_reading_of_a_name_comes_first(name: str, reading: str, initials: str) -> None:
    spelled, letters = pinyin.keys(name)

    assert (spelled.split()[0], letters.split()[0]) == (reading, initials)


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("曾国庆", "cengguo"),  # the other reading is found as well
        ("单秀英", "danxiu"),
        ("仇美兰", "choumei"),
        ("区建华", "qujian"),
        ("乐行重", "yuexingchong"),
    ],
)
def test_every_reading_of_a_name_is_kept(name: str, typed: str) -> None:
    assert typed in pinyin.keys(name)[0]


def test_a_name_of_many_readings_fits_its_columns() -> None:
    spelled, letters = pinyin.keys("乐行重解区单曾和" * 8)

    assert 0 < len(spelled) <= pinyin.PINYIN_LENGTH == Person._meta.get_field("name_pinyin").max_length
    assert 0 < len(letters) <= pinyin.INITIALS_LENGTH == Person._meta.get_field("name_initials").max_length


@pytest.mark.parametrize(
    "typed",
    [
        "张桂兰",
        "桂",
        "zhangguilan",
        "ZhangGui",
        "guilan",
        "zhang gui lan",
        "zgl",
        "gl",
        "8000",  # tail of the mobile
        "0123",  # tail of the landline
        "9989",  # tail of the ID number
        "13800138000",
        "+86 138 0013 8000",
        "82380123",
        "0517-82380123",
        "320826194108159989",
        "320826 19410815 9989",
        "扬口",  # village
        "高沟 桂",  # town and a part of the name
        "高沟 9989",
    ],
)
def test_an_elder_is_found_by_whatever_the_operator_knows(cast: Cast, typed: str) -> None:
    assert cast.elder.person in search_people(cast.operator, typed)


@pytest.mark.parametrize(
    "typed",
    ["", "   ", "张桂芳", "zhanggm", "8001", "13800138001", "320826194108159997", "朝棉 桂", "800", "%", "_"],
)
def test_nobody_else_is_found(cast: Cast, typed: str) -> None:
    assert cast.elder.person not in search_people(cast.operator, typed)


def test_u_umlaut_is_found_in_every_spelling(cast: Cast) -> None:
    person = make_person("吕秀珍", "F", cast.gaogou)

    found = [person in search_people(cast.operator, typed) for typed in ("lvxiu", "lüxiu", "Lyuxiu")]
    assert found == [True, True, True]


def test_two_fitting_phones_find_a_person_once(cast: Cast) -> None:
    person = make_person("周新", "M", cast.gaogou, phones=("13700138000", "13600138000"))

    assert list(search_people(cast.operator, "周 8000")) == [person]


def test_a_shared_landline_finds_all_who_share_it(cast: Cast) -> None:
    husband = make_person("李大山", "M", cast.gaogou, birth_date=date(1939, 1, 1), phones=("82380123",))

    assert set(search_people(cast.operator, "0517 82380123")) == {husband, cast.elder.person}


def test_who_may_find_whom(cast: Cast) -> None:
    everybody = Person.objects.count()

    seen = {name: people_visible_to(user).count() for name, user in cast.everybody().items()}

    assert seen == {
        "operator": everybody,
        "dispatcher": everybody,
        "administrator": everybody,
        "auditor": everybody,
        "manager": 0,
        "worker": 1,
        "volunteer": 1,
        "both": 1,
        "stranger": 0,
    }


def test_a_carer_finds_only_oneself(cast: Cast) -> None:
    assert list(people_visible_to(cast.worker_user)) == [cast.worker.person]
    assert not search_people(cast.worker_user, "13800138000").exists()


def test_a_dispatcher_with_towns_sees_only_these(cast: Cast) -> None:
    TownDuty.objects.create(user=cast.dispatcher, town=cast.chaomian)

    assert list(towns_visible_to(cast.dispatcher)) == [cast.chaomian]
    assert not people_visible_to(cast.dispatcher).exists()


def test_only_the_desks_see_towns(cast: Cast) -> None:
    seeing = {name for name, user in cast.everybody().items() if towns_visible_to(user).exists()}

    assert seeing == {"operator", "dispatcher", "administrator", "auditor"}
