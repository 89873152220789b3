"""Keyed blind indexes: equal values have equal marks, and without the key a mark says nothing about its value."""

import hashlib
import hmac

from django.conf import settings


def blind(kind: str, normalized: str) -> str:
    """64 hexadecimal characters: HMAC-SHA256 of the kind and the value under settings.BLIND_INDEX_KEY.

    The kind ("phone", "id_number") keeps the same digits in two columns from sharing a mark. Normalise first.
    """
    return hmac.new(
        settings.BLIND_INDEX_KEY.encode(),
        f"{kind}\0{normalized}".encode(),
        hashlib.sha256,
    ).hexdigest()
