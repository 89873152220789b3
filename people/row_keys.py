"""The keys of rows as addresses and forms carry them: text from outside, of any length."""

_MOST_DIGITS = 18  # what every database's integer holds


def row_key(text: str) -> int:
    """The key that a text names; 0, which is no row's, when it can be none."""
    return int(text) if text.isdecimal() and len(text) <= _MOST_DIGITS else 0
