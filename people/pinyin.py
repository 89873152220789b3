"""Search keys of Chinese names: every reading of every character, the likeliest reading of the whole name first."""

from collections.abc import Iterable
from itertools import islice, product

from pypinyin import Style, pinyin

PINYIN_LENGTH = 600
INITIALS_LENGTH = 100
_MOST_READINGS = 64

# Characters that read differently as surnames; the dictionary puts the everyday reading first.
_SURNAMES = {
    "曾": "zeng", "单": "shan", "仇": "qiu", "区": "ou", "解": "xie", "任": "ren", "查": "zha", "盖": "ge",
    "朴": "piao", "翟": "zhai", "乐": "yue", "缪": "miao", "覃": "qin", "卜": "bu", "召": "shao", "尹": "yin",
    "员": "yun", "种": "chong", "秘": "bi", "折": "she", "逄": "pang", "纪": "ji", "万": "wan", "宓": "mi",
}  # fmt: skip


def keys(name: str) -> tuple[str, str]:
    """Two texts to search in: the readings (“zengqing cengqing”) and the initials (“zq cq”) of a name.

    Lower case, without tones; ü is v. Rare readings that exceed the column are left out.
    """
    readings = [_readings(char, first=position == 0) for position, char in enumerate(name)]
    spelled = [r for r in readings if r]
    if not spelled:
        return "", ""
    whole = ("".join(syllables) for syllables in product(*spelled))
    initials = ("".join(letters) for letters in product(*(_unique(r[0] for r in rs) for rs in spelled)))
    return _joined(whole, PINYIN_LENGTH), _joined(initials, INITIALS_LENGTH)


def typed(text: str) -> str:
    """What an operator typed, in the spelling of the keys: lower case, ü and the passport's yu as v."""
    lowered = text.lower().replace("'", "").replace("ü", "v")
    return lowered.replace("lyu", "lv").replace("nyu", "nv")


def _readings(char: str, *, first: bool) -> list[str]:
    """The readings of one character; a letter or digit reads as itself, a dot as nothing."""
    if char.isascii():
        return [char.lower()] if char.isalnum() else []
    found = [r for r in pinyin(char, style=Style.NORMAL, heteronym=True)[0] if r.isascii() and r.isalpha()]
    surname = [_SURNAMES[char]] if first and char in _SURNAMES else []
    return _unique([*surname, *found])


def _unique(items: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(items))


def _joined(keys: Iterable[str], length: int) -> str:
    text = ""
    for key in _unique(islice(keys, _MOST_READINGS)):
        longer = f"{text} {key}".strip()
        if len(longer) > length:
            break
        text = longer
    return text
