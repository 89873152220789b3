"""The server's own key for web push (RFC 8292): browsers take messages only from whoever holds it."""

import base64

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings


def is_set_up() -> bool:
    """Whether the settings have what push services ask for: a key and a contact."""
    return bool(settings.VAPID_PRIVATE_KEY and settings.VAPID_CONTACT)


def public_key() -> str:
    """What a browser needs to subscribe, base64url without padding; empty without a key or a contact."""
    if not is_set_up():
        return ""
    number = int.from_bytes(decoded(settings.VAPID_PRIVATE_KEY))
    key = ec.derive_private_key(number, ec.SECP256R1()).public_key()
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).decode().rstrip("=")


def decoded(text: str) -> bytes:
    """The bytes of base64url, with or without padding. Raises ValueError for anything else."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
