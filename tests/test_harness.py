"""What every other test stands on: real servers, a clean database after each test, a real worker, a real browser."""

import pytest
from django.contrib.auth.models import Group
from django.db import DatabaseError, connection, transaction

from config.celery import app
from tests.harness import servers
from tests.harness.reset import restore_baseline
from tests.harness.worker import broker, pending_messages


@pytest.mark.django_db  # a matter of each database
def test_the_run_uses_the_database_it_was_asked_for():
    assert connection.vendor == servers.database()


def test_valkey_answers_under_the_redis_url(valkey_url):
    assert broker().ping() is True
    assert app.conf.broker_url == valkey_url


@pytest.fixture
def append_only_table(transactional_db):
    """A table with one row that the database refuses to change, made and removed around the test."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, name FROM auth_group ORDER BY id")
        groups = cursor.fetchall()
        if connection.vendor == "sqlite":
            cursor.execute(
                "CREATE TRIGGER group_no_delete BEFORE DELETE ON auth_group "
                "BEGIN SELECT RAISE(ABORT, 'append-only'); END"
            )
            yield groups
            cursor.execute("DROP TRIGGER group_no_delete")
        else:
            cursor.execute(
                "CREATE FUNCTION group_refuse() RETURNS trigger LANGUAGE plpgsql "
                "AS $$ BEGIN RAISE EXCEPTION 'append-only'; END $$"
            )
            cursor.execute(
                "CREATE TRIGGER group_no_delete BEFORE DELETE ON auth_group "
                "FOR EACH ROW EXECUTE FUNCTION group_refuse()"
            )
            yield groups
            cursor.execute("DROP TRIGGER group_no_delete ON auth_group")
            cursor.execute("DROP FUNCTION group_refuse()")


def test_clearing_up_empties_append_only_tables_and_leaves_their_guard_in_place(append_only_table):
    Group.objects.create(name="made by a test")

    restore_baseline()

    assert list(Group.objects.order_by("id").values_list("id", "name")) == append_only_table
    guarded = Group.objects.create(name="guarded")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        guarded.delete()


@pytest.mark.parametrize("run", [1, 2])
def test_rows_of_a_committing_test_do_not_reach_the_next_one(transactional_db, run):
    assert not Group.objects.filter(name="left over").exists()
    Group.objects.create(name="left over")


def test_a_real_worker_takes_a_task_off_the_real_broker(celery_worker):
    before = _tasks_done(celery_worker)

    app.send_task("celery.accumulate", args=[1, 2])

    celery_worker.wait_for(lambda: _tasks_done(celery_worker) == before + 1, seconds=30, what="do the task")


def test_a_message_sent_while_no_worker_lives_waits_for_one(start_worker):
    app.send_task("celery.accumulate", args=[1])
    assert pending_messages() == 1

    worker = start_worker()
    worker.wait_for(lambda: _tasks_done(worker) == 1, seconds=30, what="do the task")
    worker.wait_until_idle()


def _tasks_done(worker):
    stats = app.control.inspect(destination=[worker.name], timeout=5).stats()
    return stats[worker.name]["total"].get("celery.accumulate", 0)


def test_the_browser_is_real_and_draws_chinese(page):
    page.set_content("<p style='font-size:40px'><span id=a>护</span><span id=b>囗</span></p>")

    assert page.evaluate("navigator.userAgent").find("Chrome") > 0
    # A missing glyph is drawn as the same box for every character, so both pictures would be equal.
    assert page.locator("#a").screenshot() != page.locator("#b").screenshot()
