"""Invented photos, as a phone would send them."""

from io import BytesIO

from PIL import Image


def a_photo(width: int = 40, height: int = 30, *, kind: str = "JPEG", **options: object) -> bytes:
    """A teal picture of that size."""
    file = BytesIO()
    Image.new("RGB", (width, height), (0, 128, 128)).save(file, kind, **options)
    return file.getvalue()
