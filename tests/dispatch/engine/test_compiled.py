"""Where compiled kernels are kept: what was compiled from other sources is never loaded."""

from pathlib import Path

import numba
import pytest

from dispatch.engine import compiled


@pytest.fixture
def folder_for(tmp_path, monkeypatch):
    """Name the folder that is used with this text as the constants of another file."""
    sources = tmp_path / "engine"
    sources.mkdir()
    monkeypatch.setattr(compiled, "_SOURCES", sources)
    monkeypatch.setattr(numba.config, "CACHE_DIR", "")

    def use(constants):
        (sources / "arrays.py").write_text(constants, "utf-8")
        compiled._keep_kernels(tmp_path / "kept")
        return Path(getattr(numba.config, "CACHE_DIR", ""))

    return use


def test_the_same_sources_find_what_they_compiled(folder_for):
    folder = folder_for("FACT = 3")
    (folder / "kernel.nbi").write_bytes(b"compiled")

    assert folder_for("FACT = 3") == folder
    assert (folder / "kernel.nbi").exists()


def test_a_constant_changed_in_another_file_compiles_anew_and_clears_away(folder_for):
    before = folder_for("FACT = 3")
    after = folder_for("FACT = 4")

    assert after != before
    assert after.is_dir()
    assert not before.exists()


def test_a_read_only_installation_keeps_its_kernels_elsewhere(folder_for, tmp_path, monkeypatch):
    (tmp_path / "kept").write_text("not a folder", "utf-8")
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))

    folder = folder_for("FACT = 3")

    assert folder.parent == tmp_path
    assert folder.is_dir()


def test_it_is_known_whether_anything_was_compiled(folder_for):
    folder = folder_for("FACT = 3")
    before = compiled.nothing_compiled()
    (folder / "engine").mkdir()
    (folder / "engine" / "kernel.1.nbc").write_bytes(b"compiled")

    assert (before, compiled.nothing_compiled()) == (True, False)
