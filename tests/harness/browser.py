"""Finds or installs Chromium and Chinese fonts. A browser test never skips: without them it fails and says why."""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Browser, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SHELL = "chromium-headless-shell"
# No traffic but to the page under test.
FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]
# Chromium refuses to run its sandbox as root.
ROOT_FLAGS = ["--no-sandbox"]


def chromium(playwright: Playwright) -> str:
    """The path of a Chromium: the CHROMIUM variable's, Playwright's own, the system's, or one installed now."""
    with _one_at_a_time():
        path = _find(playwright)
        if path is None:
            path = _install(playwright)
    return path


def shell(playwright: Playwright) -> str:
    """The path of Debian's Chromium without windows, or of the whole one where it cannot be had or CHROMIUM names one.

    It draws the same pages in two thirds of the time, but cannot notify.
    """
    with _one_at_a_time():
        if "CHROMIUM" not in os.environ:
            if shutil.which(SHELL) is None and _is_root():
                _apt_install(SHELL)
            if path := shutil.which(SHELL):
                return path
    return chromium(playwright)


def launch(playwright: Playwright, path: str) -> Browser:
    """A running browser, without a page."""
    return playwright.chromium.launch(executable_path=path, args=FLAGS + (ROOT_FLAGS if _is_root() else []))


def require_chinese_fonts() -> None:
    """Make sure that Chinese text is drawn as text and not as boxes."""
    with _one_at_a_time():
        if _has_chinese_fonts():
            return
        if _is_root():
            _apt_install("fontconfig", "fonts-noto-cjk")
        if not _has_chinese_fonts():
            raise RuntimeError("No Chinese font was found: install the package fonts-noto-cjk.")


def _find(playwright: Playwright) -> str | None:
    if chosen := os.environ.get("CHROMIUM"):
        if not Path(chosen).exists():
            raise RuntimeError(f"CHROMIUM names {chosen}, which does not exist.")
        return chosen
    own = playwright.chromium.executable_path
    if Path(own).exists():
        return own
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def _install(playwright: Playwright) -> str:
    if _is_root():
        # Brings the shared libraries along, which Playwright's own build does not.
        _apt_install("chromium", "fonts-noto-cjk")
    if (path := _find(playwright)) is None:
        _run(sys.executable, "-m", "playwright", "install", "chromium")
        path = _find(playwright)
    if path is None:
        raise RuntimeError(
            "No Chromium was found and none could be installed: install one, or set CHROMIUM to its path."
        )
    return path


def _has_chinese_fonts() -> bool:
    if shutil.which("fc-list") is None:
        return False
    listing = subprocess.run(["fc-list", ":lang=zh"], capture_output=True, text=True, check=True)
    return bool(listing.stdout.strip())


def _apt_install(*packages: str) -> None:
    if shutil.which("apt-get") is None:
        return
    _run("apt-get", "update", "-qq")
    _run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages)


def _run(*command: str) -> None:
    print(f"Installing for the browser tests: {' '.join(command)}", file=sys.stderr, flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    with suppress(subprocess.TimeoutExpired):  # then it is not there, which whoever needs it will say
        subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, timeout=300, check=False)


def _is_root() -> bool:
    return os.geteuid() == 0


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Hold off the other test processes of this machine while one installs."""
    lock = Path(tempfile.gettempdir()) / f"dispatch-browser-{os.geteuid()}.lock"
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
