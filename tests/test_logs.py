"""What reaches the logs of a request: one line at its end, and none for the news a console asks for all the time."""

import logging

import pytest
from django.test import Client

from people.roles import Role
from tests.cast import make_user


def lines_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [str(record.msg["event"]) for record in caplog.records if isinstance(record.msg, dict)]


@pytest.mark.parametrize(
    ("path", "role", "lines"),
    [
        ("/console/", Role.OPERATOR, ["request_finished"]),
        ("/console/live/", Role.OPERATOR, []),
        ("/console/live/", Role.CARER, ["request_finished"]),  # a refusal is worth a line
    ],
)
def test_a_request_leaves_a_line_and_an_answered_poll_none(
    client: Client, db: None, caplog: pytest.LogCaptureFixture, path: str, role: Role, lines: list[str]
) -> None:
    client.force_login(make_user("wang", role))

    with caplog.at_level(logging.INFO, logger="django_structlog"):
        client.get(path)

    assert lines_of(caplog) == lines
