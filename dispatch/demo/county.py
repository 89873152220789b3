"""The demonstration county: the 16 towns of 涟水县 by name, invented people, organisations and services' shares.

The towns' points are rough (WGS-84, about a kilometre) and every person, number and organisation is invented.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from itertools import count
from random import Random

TOWNS: tuple[tuple[str, str, float, float], ...] = (
    ("320826001", "涟城街道", 33.775, 119.262),
    ("320826002", "朱码街道", 33.818, 119.305),
    ("320826003", "陈师街道", 33.768, 119.176),
    ("320826004", "保滩街道", 33.722, 119.206),
    ("320826101", "高沟镇", 34.016, 119.196),
    ("320826102", "唐集镇", 34.022, 119.486),
    ("320826103", "大东镇", 33.884, 119.412),
    ("320826104", "五港镇", 33.962, 119.564),
    ("320826105", "梁岔镇", 33.872, 119.128),
    ("320826106", "石湖镇", 33.974, 119.388),
    ("320826107", "岔庙镇", 34.018, 119.302),
    ("320826108", "东胡集镇", 33.938, 119.424),
    ("320826109", "南集镇", 33.690, 119.246),
    ("320826110", "成集镇", 33.842, 119.104),
    ("320826111", "红窑镇", 33.902, 119.488),
    ("320826112", "黄营镇", 33.862, 119.512),
)

VILLAGES = ("前庄", "后庄", "东圩", "西圩", "新河", "大桥", "小街", "南荡", "北滩", "中心社区")

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎单仇区"
_OLD_WOMAN = (
    "桂兰",
    "秀英",
    "玉珍",
    "淑芳",
    "凤英",
    "素珍",
    "翠兰",
    "兰英",
    "桂芳",
    "秀兰",
    "月英",
    "金凤",
    "彩云",
    "玉梅",
)
_OLD_MAN = (
    "德福",
    "国华",
    "建国",
    "振华",
    "志强",
    "永祥",
    "金山",
    "长林",
    "文斌",
    "学礼",
    "宝山",
    "正义",
    "广才",
    "明德",
)
_WOMAN = ("芳", "丽", "敏", "静", "艳", "娟", "霞", "玲", "红梅", "晓燕", "海燕", "雪琴", "秋菊", "小云", "春花")
_MAN = ("强", "磊", "军", "勇", "涛", "明", "超", "建军", "海波", "志远", "文杰", "永刚", "小龙", "大伟", "学文")

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True, slots=True)
class Share:
    """How often a service is asked for, its window on the wall clock, and how many of its visits are double-ups."""

    code: str
    weight: int
    windows: tuple[tuple[str, str], ...]
    double: float = 0.0


SHARES: tuple[Share, ...] = (
    Share("MEAL", 22, (("10:45", "12:15"), ("11:00", "12:30"))),
    Share("CLEAN", 20, (("08:00", "11:00"), ("13:30", "16:30"), ("08:30", "12:00"))),
    Share("BATH", 9, (("09:00", "11:30"), ("13:30", "16:00")), double=0.25),
    Share("MEDICAL", 7, (("08:00", "09:00"), ("09:00", "10:00"), ("14:00", "15:00"))),
    Share("WELFARE", 14, (("08:30", "11:30"), ("14:00", "17:00"))),
    Share("ESCORT", 6, (("08:30", "10:30"), ("14:00", "16:00"))),
    Share("REHAB", 6, (("09:00", "11:00"), ("14:00", "16:30"))),
    Share("COMFORT", 8, (("09:00", "11:30"), ("14:00", "17:00"))),
    Share("ERRAND", 8, (("08:00", "11:30"), ("13:30", "17:00"))),
)


class Serials:
    """Gives out what no two people may share: a mobile number, and a place among those born on the same day."""

    def __init__(self) -> None:
        self._mobiles = count(1)
        self._born: Counter[date] = Counter()

    def of_mobile(self) -> int:
        """The serial of the next mobile number."""
        return next(self._mobiles)

    def born_on(self, day: date) -> int:
        """How many were born on that day so far, this one included."""
        self._born[day] += 1
        return self._born[day]


def person_name(rng: Random, *, gender: str, elderly: bool) -> str:
    """An invented Chinese name, surname first."""
    given = {("F", True): _OLD_WOMAN, ("M", True): _OLD_MAN, ("F", False): _WOMAN, ("M", False): _MAN}[gender, elderly]
    return rng.choice(_SURNAMES) + rng.choice(given)


def id_number(rng: Random, *, birth: date, gender: str, serial: int) -> str:
    """A national ID number of the county that passes the check digit (GB 11643-1999); `serial` keeps it unique."""
    order = (serial * 2 + (gender == "M")) % 1000
    body = f"320826{birth:%Y%m%d}{order:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(body, _ID_WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]


def mobile(serial: int) -> str:
    """An invented mobile number, one per serial."""
    return f"199{serial:08d}"


def birthday(rng: Random, *, youngest: int, oldest: int, today: date) -> date:
    """An invented date of birth for an age between the two."""
    return date(today.year - rng.randint(youngest, oldest), rng.randint(1, 12), rng.randint(1, 28))


def point_near(rng: Random, latitude: float, longitude: float, *, spread: float = 0.018) -> tuple[float, float]:
    """A point about two kilometres around a town's own (WGS-84 degrees)."""
    return round(latitude + rng.gauss(0, spread / 2), 6), round(longitude + rng.gauss(0, spread / 2), 6)
