import pytest
from django.contrib.auth.models import User

from people.roles import Role
from tests.dispatch.counts.county import County, user_with


@pytest.fixture
def county(db: None) -> County:
    return County()


@pytest.fixture
def administrator(db: None) -> User:
    return user_with(Role.ADMINISTRATOR)
