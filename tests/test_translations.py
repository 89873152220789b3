"""Every text a person sees has a Chinese form, in a catalogue that compiles."""

import io
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.utils.translation import override, trans_real
from django.utils.translation.template import templatize

from config.messages import APPS, ROOT, catalogues

# How a translatable text is marked in Python, beside gettext's own names.
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
}
CALL = re.compile(r"""\bn?p?gettext\((?:u?'(?:\\.|[^'\\])*'|u?"(?:\\.|[^"\\])*"|[^()'"])*\)""")


def read(path: Path) -> Catalog:
    with path.open("rb") as source:
        return read_po(source, abort_invalid=True)


@pytest.mark.parametrize("path", catalogues(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_catalogue_translates_all_it_lists(path):
    messages = [message for message in read(path) if message.id]

    assert [message.id for message in messages if message.fuzzy] == []
    assert [message.id for message in messages if not _complete(message.string)] == []
    assert [message.id for message in messages for error in message.check() if "placeholder" in str(error)] == []


def _complete(string) -> bool:
    return all(string) if isinstance(string, (tuple, list)) else bool(string)


@pytest.mark.parametrize("package", APPS)
def test_every_text_in_code_and_templates_has_a_translation(package):
    with override("zh-hans"):
        known = trans_real.catalog()._catalog  # type: ignore[attr-defined]
        missing = sorted({f"{place}: {text}" for place, text in _texts(ROOT / package) if not _knows(known, text)})

    assert missing == []


def _knows(catalogue, text: str) -> bool:
    return any(key in catalogue for key in (text, (text, 0), (text, 1)))


def _texts(folder: Path):
    """(file, msgid) of every marked text; a context stands before its text as gettext stores it."""
    for path in sorted(folder.rglob("*")):
        if path.suffix not in {".py", ".html", ".txt"} or "migrations" in path.parts:
            continue
        source = path.read_text(encoding="utf-8")
        if path.suffix != ".py":
            # What is left of a template is not Python: only its calls are.
            source = "\n".join(match.group() for match in CALL.finditer(templatize(source)))
        for _, message, _, context in extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS):
            text = message[0] if isinstance(message, tuple) else message
            if text:
                yield path.relative_to(ROOT), f"{context}\x04{text}" if context else text
