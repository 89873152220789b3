"""One field for how old somebody is, as callers say it: an age, a year, or a date of birth."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from people.clock import YEARS


@dataclass(frozen=True, slots=True)
class Born:
    """Either an age in completed years or a date; a year alone is its 1 January."""

    age: int | None = None
    day: date | None = None


class BornField(forms.CharField):
    """Reads 82, 82岁, 1944, 19440305, 1944-3-5 and 1944年3月5日."""

    def clean(self, value: Any) -> Born | None:
        """What was said, or None for nothing. Raises ValidationError for what is no age and no real date."""
        text = unicodedata.normalize("NFKC", super().clean(value)).strip().removesuffix("岁")
        if not text:
            return None
        if re.fullmatch(r"\d{1,3}", text):
            return Born(age=int(text))
        parts = re.fullmatch(r"(\d{4})(\d\d)(\d\d)", text) or re.fullmatch(
            r"(\d{4})(?:\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*日?|年?)", text
        )
        try:
            year, month, day = (int(part or 1) for part in parts.groups()) if parts else (0, 0, 0)
            born = date(year, month, day)
        except ValueError:
            born = None
        if born is None or born.year not in YEARS:
            raise ValidationError(_("Write an age such as 82, or a date of birth such as 1944-03-05."))
        return Born(day=born)
