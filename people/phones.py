"""Phone numbers as people say them, in one form."""

import re
import unicodedata

import phonenumbers
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from people.errors import Invalid

_LOCAL = re.compile(r"[2-8]\d{6,7}")


def normalize(number: str) -> str:
    """The number in E.164 (+8613800138000, +8651782380123).

    Knows spaces, dashes, full-width digits, +86 and 0086; a local number gets settings.LOCAL_AREA_CODE.

    Raises:
        Invalid: code "phone"; not a number that can be called from anywhere. Short codes (120, 12345) are none.
    """
    text = unicodedata.normalize("NFKC", number).strip()
    compact = re.sub(r"[\s\-()]", "", text)
    if compact.startswith("00"):
        compact = f"+{compact[2:]}"
    if _LOCAL.fullmatch(compact):
        compact = f"{settings.LOCAL_AREA_CODE}{compact}"
    if not re.fullmatch(r"\+?\d+", compact):
        raise _refusal()
    try:
        parsed = phonenumbers.parse(compact, "CN")
    except phonenumbers.NumberParseException as error:
        raise _refusal() from error
    if not phonenumbers.is_valid_number(parsed):
        raise _refusal()
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def national(number: str) -> str:
    """An E.164 number as it is dialled in China: 13800138000, 0517-82380123; a foreign one stays as it is."""
    parsed = phonenumbers.parse(number)
    if parsed.country_code != 86:
        return number
    digits = phonenumbers.national_significant_number(parsed)
    area = phonenumbers.length_of_national_destination_code(parsed)
    if phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.FIXED_LINE and area:
        return f"0{digits[:area]}-{digits[area:]}"
    return digits


def is_mobile(number: str) -> bool:
    """Whether an E.164 number can get text messages; so may one of a country whose numbers do not tell."""
    mobile = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
    return phonenumbers.number_type(phonenumbers.parse(number)) in mobile


def _refusal() -> Invalid:
    message = _("This is not a phone number that can be called.")
    return Invalid(message, code="phone", fields={"phone": [message]})
