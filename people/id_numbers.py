"""National ID numbers (GB 11643-1999): 6 digits of place, 8 of birth, 3 of order (odd is male), 1 check digit."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _
from stdnum import numdb
from stdnum.cn import ric
from stdnum.exceptions import ValidationError

from people.errors import Invalid, Text
from people.models import Gender


@dataclass(frozen=True, slots=True)
class IdNumber:
    """A number that passed every check, and what it says."""

    number: str
    birth_date: date
    gender: Gender


def parse(text: str, *, today: date) -> IdNumber:
    """The number in its 18-character form with the birth date and gender that it states.

    The county of the place code is not checked against its founding year: whoever was born before the codes
    existed (1983) carries a code that is younger, and that is every elder.

    Raises:
        Invalid: code "id_number"; length, check digit, birth date (real, not after `today`) or province is impossible.
    """
    number = compact(text)
    if len(number) != 18 or not (number[:17].isascii() and number[:17].isdigit()):
        raise refusal(_("An ID number has 17 digits and a last digit or X."))
    if number[-1] != ric.calc_check_digit(number):
        raise refusal(_("The last character does not fit the digits before it: one of them is wrong."))
    try:
        birth_date = ric.get_birth_date(number)
    except ValidationError as error:
        raise refusal(_("The date of birth in the ID number does not exist.")) from error
    if birth_date > today:
        raise refusal(_("The date of birth in the ID number is still to come."))
    if not numdb.get("cn/loc").info(number[:2])[0][1]:
        raise refusal(_("No province has the first two digits of this ID number."))
    gender = Gender.MALE if int(number[16]) % 2 else Gender.FEMALE
    return IdNumber(number, birth_date, gender)


def compact(text: str) -> str:
    """The text in the form of a number: no spaces or dashes, no full-width digits, a capital X."""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text)).upper()


def refusal(message: Text) -> Invalid:
    """The error for an ID number, with the message on its field."""
    return Invalid(message, code="id_number", fields={"id_number": [message]})
