"""Every message as it is read on a phone and as it is heard."""

from functools import partial

import pytest
from django.utils.translation import override

from dispatch.confirmations import texts
from dispatch.confirmations.texts import Speech
from tests.dispatch.factories import at

WRITTEN, SPOKEN = Speech(aloud=False, hotline_number="0517-12349"), Speech(aloud=True, hotline_number="0517-12349")


@pytest.fixture(autouse=True)
def _chinese():
    with override("zh-hans"):
        yield


@pytest.mark.parametrize(
    ("text", "written", "spoken"),
    [
        (
            partial(texts.placed, ["助浴"], 1, at("09:00"), at("11:00")),
            "已登记9月14日（星期一）09:00到11:00助浴，定好人再告诉您。改时间请拨0517-12349。",
            "已登记9月14日，星期一，上午9点到上午11点助浴，定好人再告诉您。改时间请拨0 5 1 7 1 2 3 4 9。",
        ),
        (
            partial(texts.placed, ["助餐", "助洁"], 28, at("11:30"), at("12:30")),
            "已登记助餐、助洁，第一次9月14日（星期一）11:30到12:30，定好人再告诉您。改时间请拨0517-12349。",
            "已登记助餐、助洁，第一次9月14日，星期一，上午11点30分到中午12点30分，定好人再告诉您。"
            "改时间请拨0 5 1 7 1 2 3 4 9。",
        ),
        (
            partial(texts.reserved, "助浴", ["王芳", "李强"], at("14:00")),
            "9月14日（星期一）14:00，王芳、李强上门助浴。改时间请拨0517-12349。",
            "9月14日，星期一，下午2点，王芳、李强上门助浴。改时间请拨0 5 1 7 1 2 3 4 9。",
        ),
        (
            partial(texts.let_down, "助浴", at("14:00"), at("15:00")),
            "9月14日（星期一）14:00到15:00的助浴，原定护理员来不了，正在另找人，定好再告诉您。有事请拨0517-12349。",
            "9月14日，星期一，下午2点到下午3点的助浴，原定护理员来不了，正在另找人，定好再告诉您。"
            "有事请拨0 5 1 7 1 2 3 4 9。",
        ),
        (
            partial(texts.moved, "助浴", at("14:00"), at("18:00"), at("19:00")),
            "9月14日（星期一）14:00的助浴改到9月14日（星期一）18:00到19:00，定好人再告诉您。改时间请拨0517-12349。",
            "9月14日，星期一，下午2点的助浴改到9月14日，星期一，晚上6点到晚上7点，定好人再告诉您。"
            "改时间请拨0 5 1 7 1 2 3 4 9。",
        ),
        (
            partial(texts.cancelled, "助浴", 1, at("12:05")),
            "9月14日（星期一）12:05的助浴已取消。有事请拨0517-12349。",
            "9月14日，星期一，中午12点5分的助浴已取消。有事请拨0 5 1 7 1 2 3 4 9。",
        ),
        (
            partial(texts.cancelled, "助餐", 7, at("11:00")),
            "助餐从9月14日（星期一）11:00起共7次，已取消。有事请拨0517-12349。",
            "助餐从9月14日，星期一，上午11点起共7次，已取消。有事请拨0 5 1 7 1 2 3 4 9。",
        ),
        (
            partial(texts.not_served, "助浴", at("09:00")),
            "很抱歉，9月14日（星期一）助浴没有安排到人。请拨0517-12349，我们重新安排。",
            "很抱歉，9月14日，星期一，助浴没有安排到人。请拨0 5 1 7 1 2 3 4 9，我们重新安排。",
        ),
    ],
    ids=["placed", "placed many", "reserved", "let down", "moved", "cancelled", "cancelled many", "not served"],
)
def test_the_words(text, written: str, spoken: str) -> None:
    assert text(WRITTEN) == written
    assert text(SPOKEN) == spoken


@pytest.mark.parametrize(
    ("clock", "spoken"),
    [
        ("00:15", "上午12点15分"),
        ("11:59", "上午11点59分"),
        ("12:00", "中午12点"),
        ("13:00", "下午1点"),
        ("18:00", "晚上6点"),
    ],
)
def test_hours_to_the_ear(clock: str, spoken: str) -> None:
    assert SPOKEN.clock(at(clock)) == spoken


def test_a_greeting_names_the_elder_to_somebody_else() -> None:
    assert texts.greeting("张桂兰", "") == "张桂兰您好："
    assert texts.greeting("李芳", "张桂兰") == "李芳您好，关于张桂兰："
