"""Encrypted columns: Fernet at rest, plain text in Python, never a condition of a query.

The library's fields are the base; what is changed here is named at each method.
"""

from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models
from encrypted_fields.fields import EncryptedFieldMixin

_CLOSED = "An encrypted value does not open: check SECRET_KEY and FIELD_KEYS."


@lru_cache(maxsize=4)
def _cipher(secret_keys: tuple[str, ...], salts: tuple[str, ...]) -> MultiFernet:
    """One cipher for all fields: each key costs 100,000 rounds of PBKDF2, about 20 ms, once per process."""
    field: Any = EncryptedFieldMixin()
    return MultiFernet([Fernet(key) for key in field.keys])


def _keys() -> MultiFernet:
    """What seals now, and opens whatever an earlier key has sealed."""
    fallbacks = getattr(settings, "SECRET_KEY_FALLBACKS", [])
    return _cipher((settings.SECRET_KEY, *fallbacks), tuple(settings.SALT_KEY))


class Encrypted(EncryptedFieldMixin):
    """The empty text stays empty, and a value that no key opens is an error, not a value."""

    @property
    def f(self) -> MultiFernet:
        return _keys()

    def get_prep_value(self, value: Any) -> str | None:
        """The library would turn "" into NULL, which a column without NULL refuses."""
        if value is None or value == "":
            return value  # type: ignore[no-any-return]
        return self.f.encrypt(str(value).encode()).decode()

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        """Raises ValueError when no configured key opens the value; the library would hand out the cipher text."""
        if not value:
            return value
        try:
            return self.f.decrypt(value.encode()).decode()
        except InvalidToken as error:
            raise ValueError(_CLOSED) from error

    def to_python(self, value: Any) -> Any:
        """Only the database holds cipher text, so there is nothing to open here."""
        return super(EncryptedFieldMixin, self).to_python(value)

    def clean(self, value: Any, model_instance: Any) -> Any:
        """The library marks the field object shared by all threads while it cleans; no mark is needed here."""
        return super(EncryptedFieldMixin, self).clean(value, model_instance)

    def get_lookup(self, lookup_name: str) -> Any:
        """Only `isnull`: the same text has another cipher text each time. Look up by the blind index."""
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None


class EncryptedCharField(Encrypted, models.CharField):  # type: ignore[type-arg]
    """A short secret; `max_length` counts plain characters and is checked by forms."""


class EncryptedTextField(Encrypted, models.TextField):  # type: ignore[type-arg]
    """A secret of any length."""


class EncryptedBinaryField(models.BinaryField):  # type: ignore[type-arg]
    """Secret bytes, such as a photo of a home; the same keys as the texts."""

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """Seals the bytes on their way to the database."""
        sealed = None if value is None else _keys().encrypt(bytes(value))
        return super().get_db_prep_value(sealed, connection, prepared)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> bytes | None:
        """Raises ValueError when no configured key opens the value."""
        if value is None:
            return None
        try:
            return _keys().decrypt(bytes(value))
        except InvalidToken as error:
            raise ValueError(_CLOSED) from error
