"""Compiles the translations (`python -m config.messages`) with Babel, since a fresh machine has no GNU gettext.

Only catalogues newer than their compiled form are touched, so it may run before every command.
"""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
APPS = ("config", "people", "orders", "volunteers", "dispatch")


def catalogues() -> list[Path]:
    """Every django.po of the project's own apps, in a stable order."""
    return sorted(po for app in APPS for po in (ROOT / app).glob("**/locale/*/LC_MESSAGES/django.po"))


def compile_stale() -> list[Path]:
    """Write the .mo beside each .po that changed since; returns the files written."""
    written = []
    for po in catalogues():
        mo = po.with_suffix(".mo")
        if mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime:
            continue
        with po.open("rb") as source:
            catalogue = read_po(source, abort_invalid=True)
        # Written aside and moved, so that two processes never leave half a file.
        half = mo.with_suffix(".mo.new")
        with half.open("wb") as target:
            write_mo(target, catalogue)
        half.replace(mo)
        written.append(mo)
    return written


if __name__ == "__main__":
    for path in compile_stale():
        print(f"compiled {path.relative_to(ROOT)}")
