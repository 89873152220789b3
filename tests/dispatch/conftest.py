"""What the tests of dispatch's pages share."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client


@pytest.fixture
def as_user(db: None) -> Callable[[User], Client]:
    """A browser in which the user is logged in."""

    def log_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return log_in
