"""What the phone keeps of the page itself: every static file it needs, and a version that changes with any of them."""

import hashlib
from pathlib import Path

from django.contrib.staticfiles import finders
from django.templatetags.static import static

ROOT = Path(__file__).parent / "static"
SHARED = ("config/tokens.css", "config/icon.svg")


def names() -> list[str]:
    """The static files of the page, in a stable order."""
    own = (path for path in (ROOT / "mobile").iterdir() if path.is_file())
    return [*SHARED, *sorted(str(path.relative_to(ROOT)) for path in own)]


def addresses() -> list[str]:
    """Where the static files are served."""
    return [static(name) for name in names()]


def version(shell: str) -> str:
    """Twelve hexadecimal digits that stand for the given shell and the content of every file it needs."""
    digest = hashlib.sha256(shell.encode())
    for name in names():
        found = finders.find(name)
        assert isinstance(found, str)
        digest.update(Path(found).read_bytes())
    return digest.hexdigest()[:12]
