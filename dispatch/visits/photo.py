"""Photos as they come from a phone, drawn anew: what a camera or a sender hides in a file does not come along."""

from dataclasses import dataclass
from io import BytesIO

from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

from people.errors import Invalid

FORMATS = ("JPEG", "PNG", "WEBP")
LARGEST_BYTES = 8 * 1024 * 1024
MOST_PIXELS = 40_000_000  # beyond any phone's camera; a file may claim far more than it weighs
LONGEST_SIDE = 1_600  # pixels: a receipt can be read, and a month of photos can be kept
QUALITY = 80


@dataclass(frozen=True, slots=True)
class Drawn:
    """A JPEG and its size in pixels."""

    jpeg: bytes
    width: int
    height: int


def redraw(photo: bytes) -> Drawn:
    """The photo upright, at most 1,600 pixels long, as a JPEG that holds its pixels and nothing else.

    Position, time and model of the phone stand in the file's EXIF block, which is dropped.

    Raises:
        Invalid: not a JPEG, PNG or WebP that can be read whole, or too large (code "photo").
    """
    if len(photo) > LARGEST_BYTES:
        raise _refused()
    try:
        with Image.open(BytesIO(photo), formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise _refused()
            image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        raise _refused() from error
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    clean = Image.new("RGB", upright.size)
    clean.paste(upright)
    file = BytesIO()
    clean.save(file, "JPEG", quality=QUALITY, optimize=True)
    return Drawn(file.getvalue(), clean.width, clean.height)


def _refused() -> Invalid:
    message = _("This is no photo that can be read: send a JPEG, PNG or WebP of at most 8 MB.")
    return Invalid(message, fields={"photo": [message]}, code="photo")
