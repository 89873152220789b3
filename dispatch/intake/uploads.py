"""Keeps an upload between its dry run and its confirmation: the confirmed bytes are those that were checked.

The file lies under its own hash, readable by this process only, encrypted like every personal field at rest, and is
deleted once it is used or an hour old. The page carries a signed token, so nobody confirms another's file.
"""

import hashlib
import time
from pathlib import Path

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.contrib.auth.models import User
from django.core import signing
from django.utils.translation import gettext as _

from people.errors import Invalid
from people.fields import Encrypted

LIFE_SECONDS = 3600
_SALT = "dispatch.intake.upload"


def keep(content: bytes, user: User) -> str:
    """Store an upload for its user; the token that gives it back, once and within the hour."""
    _forget_old()
    digest = hashlib.sha256(content).hexdigest()
    file = _file(digest, user.pk)
    file.touch(mode=0o600)
    file.write_bytes(Encrypted().f.encrypt(content))
    return signing.dumps([digest, user.pk], salt=_SALT)


def take(token: str, user: User) -> bytes:
    """The stored upload, which is deleted with this.

    Raises:
        Invalid: the token is not this user's, is too old, or its file was used already.
    """
    refused = Invalid(_("This file is no longer held: upload it again."), code="upload_gone")
    try:
        digest, owner = signing.loads(token, salt=_SALT, max_age=LIFE_SECONDS)
    except signing.BadSignature:
        raise refused from None
    if owner != user.pk:
        raise refused
    file = _file(digest, owner)
    try:
        content = Encrypted().f.decrypt(file.read_bytes())
        file.unlink()
    except (FileNotFoundError, InvalidToken):
        raise refused from None
    if hashlib.sha256(content).hexdigest() != digest:
        raise refused
    return content


def _folder() -> Path:
    folder = Path(settings.VAR_DIR) / "uploads"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _file(digest: str, owner: int) -> Path:
    return _folder() / f"{digest}-{owner}"


def _forget_old() -> None:
    oldest = time.time() - LIFE_SECONDS
    for file in _folder().iterdir():
        if file.stat().st_mtime < oldest:
            file.unlink(missing_ok=True)
