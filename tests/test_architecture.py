"""The house rules that a reader relies on and a reviewer would otherwise have to check by eye."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from config.celery import SCHEDULE, app
from people.append_only import AppendOnly

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("config", "people", "orders", "volunteers", "dispatch", "benchmarks")

# What a table may point at: its own room, and every room listed here.
MAY_POINT_AT = {
    "people": set(),
    "orders": {"people"},
    "timebank": {"people", "volunteers"},
    "volunteers": {"people"},
    "visits": {"people", "orders", "volunteers", "timebank"},
    "confirmations": {"people", "orders"},
    "notices": {"people", "orders", "volunteers"},
    "offers": {"people", "orders", "volunteers", "visits"},
    "planning": {"people", "orders", "volunteers", "visits", "offers"},
    "counts": {"people", "orders", "volunteers", "timebank", "visits", "offers"},
    "urgent": {"people", "orders", "visits"},
    "console": {"people", "orders", "visits", "offers", "planning", "counts"},
    "mobile": set(),
    "intake": {"people", "orders", "volunteers", "visits", "offers", "planning"},
    "home": set(),
    "demo": {"people", "orders", "volunteers", "visits", "offers", "planning"},
}
LIBRARY_TABLES = {"auth", "contenttypes", "knox"}


def source_files() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def test_imports_follow_the_contracts():
    lint = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--cache-dir", "var/import-linter"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert lint.returncode == 0, lint.stdout + lint.stderr


def test_every_foreign_key_follows_the_arrows():
    """A string reference to a model escapes import checkers, so the models themselves are asked."""
    wrong = [
        f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}"
        for model in apps.get_models(include_auto_created=True)
        if (label := model._meta.app_label) in MAY_POINT_AT
        for field in model._meta.get_fields()
        if field.is_relation and not field.auto_created and field.related_model is not None
        if field.related_model._meta.app_label not in MAY_POINT_AT[label] | {label} | LIBRARY_TABLES
    ]

    assert wrong == []


def test_every_room_has_its_arrows_listed():
    ours = {config.label for config in apps.get_app_configs() if config.name.split(".")[0] in PACKAGES}

    assert ours == set(MAY_POINT_AT)


def test_packages_hold_no_code_of_their_own():
    """Only `models` may gather its modules' names, since Django looks for every model there."""
    wrong = []
    for path in source_files():
        if path.name == "__init__.py":
            body = ast.parse(path.read_text(encoding="utf-8")).body
            allowed = _is_re_export if path.parent.name == "models" else _is_docstring
            wrong += [str(path.relative_to(ROOT)) for node in body if not allowed(node)]

    assert wrong == []


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_re_export(node: ast.stmt) -> bool:
    if isinstance(node, ast.Assign):
        return [ast.unparse(target) for target in node.targets] == ["__all__"]
    return isinstance(node, ast.ImportFrom) or _is_docstring(node)


@pytest.mark.django_db
def test_every_append_only_table_still_has_its_guard():
    """SQLite rebuilds a table when a column changes and drops its triggers without a word."""
    tables = [
        apps.get_model(label, operation.model)._meta.db_table
        for (label, _), migration in MigrationLoader(connection).disk_migrations.items()
        for operation in migration.operations
        if isinstance(operation, AppendOnly)
    ]
    if connection.vendor == "postgresql":
        query = "SELECT tgname FROM pg_trigger"
        wanted = {f"{table}_append_only" for table in tables}
    else:
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        wanted = {f"{table}_no_{verb}" for table in tables for verb in ("update", "delete")}

    with connection.cursor() as cursor:
        cursor.execute(query)
        present = {name for (name,) in cursor.fetchall()}

    assert wanted
    assert wanted - present == set()


def test_every_process_with_settings_sends_its_tasks_to_our_celery_app():
    """`current_app` would otherwise be Celery's empty default, with a broker that nobody runs."""
    ask = "import django; django.setup(); from celery import current_app; print(current_app.main)"
    answer = subprocess.run(
        [sys.executable, "-c", ask],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert answer.stdout.strip() == "config"


def test_beat_sends_only_tasks_that_exist():
    app.loader.import_default_modules()

    assert {entry["task"] for entry in SCHEDULE.values()} <= set(app.tasks)


def test_a_task_is_bounded_and_comes_back_after_its_worker_dies():
    conf, transport = app.conf, app.conf.broker_transport_options

    assert conf.task_acks_late is True
    assert conf.task_reject_on_worker_lost is True
    assert conf.worker_prefetch_multiplier == 1
    assert conf.task_ignore_result is True
    assert conf.task_soft_time_limit < conf.task_time_limit < transport["visibility_timeout"]
    sweeps = transport["unacked_restore_interval"] * transport["unacked_restore_throttle"]
    assert transport["visibility_timeout"] + sweeps + transport["unacked_mutex_expire"] <= 15 * 60
