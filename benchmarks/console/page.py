"""What a browser would read out of the console's HTML: the order form's fields, the panes' marks, slots, ringing calls."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

_MARK = re.compile(r'name="seen" value="([^":]+):([^"]+)"')
_SLOT = re.compile(r'<input type="radio"[^>]* name="line-\d+-slot" value="([^"]*)"')
_SEARCHED = 'class="slots"'
_UNTYPED = frozenset({"submit", "button", "reset", "image", "file"})
_CHOSEN_IF_CHECKED = frozenset({"radio", "checkbox"})


def marks(html: str) -> dict[str, str]:
    """The mark that each drawn pane carries, by the pane's name, as the next poll is to send it."""
    return {name: f"{name}:{mark}" for name, mark in _MARK.findall(html)}


def slots(answer: str) -> list[str] | None:
    """The slots to choose from, best first; None when the draft was not whole enough to search for any."""
    if _SEARCHED not in answer:
        return None
    return [unescape(value) for value in _SLOT.findall(answer)]


def keys_in(html: str, address: str) -> set[int]:
    """The keys that stand for 0 in addresses of the page, as 17 for `/console/calls/0/take/`."""
    before, after = address.split("0", 1)
    return {int(key) for key in re.findall(f"{re.escape(before)}(\\d+){re.escape(after)}", html)}


def form_fields(html: str, form: str) -> dict[str, str]:
    """What a browser would send of the form with this id as the page shows it, without its buttons; empty without it."""
    reader = _FormReader(form)
    reader.feed(html)
    return reader.fields


class _FormReader(HTMLParser):
    def __init__(self, form: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._form = form
        self._inside = False
        self._select = ""
        self._textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = given.get("id") == self._form
        elif not self._inside or "disabled" in given:
            return
        elif tag == "input" and given.get("name"):
            self._input(given)
        elif tag == "select":
            self._select = given.get("name", "")
        elif tag == "option" and self._select and ("selected" in given or self._select not in self.fields):
            self.fields[self._select] = given.get("value", "")
        elif tag == "textarea" and given.get("name"):
            self._textarea = given["name"]
            self.fields[self._textarea] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._textarea = ""

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.fields[self._textarea] += data

    def _input(self, given: dict[str, str]) -> None:
        kind = given.get("type", "text")
        if kind in _UNTYPED or (kind in _CHOSEN_IF_CHECKED and "checked" not in given):
            return
        self.fields[given["name"]] = given.get("value", "")
