"""Schemathesis sends every operation what its description allows and what it does not; every answer is in the description.

Each request is taken back, so that the next one meets the same county.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from people.services import log_in_device
from tests.orders.make import NOW
from tests.security.operations import PUBLIC, ROWS, Operation, operations
from tests.security.world import World

pytestmark = pytest.mark.django_db

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
PARTS = ("dispatcher", "manager")  # who try everything beside the one who may


@pytest.fixture(scope="module")
def described() -> Any:
    schema = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(request=None, public=True))
    schema.app = get_wsgi_application()
    return schema


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """The server would close the database's connection after each request, and the test's transaction with it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("operation", operations(), ids=" ".join)
def test_every_answer_is_in_the_description(operation: Operation, described: Any, world: World) -> None:
    method, path = operation
    row = ROWS.get(operation)
    parts = ("anonymous",) if operation in PUBLIC else (row.rightful, *PARTS)
    users = world.users()
    tokens = {part: log_in_device(user=users[part], name="fuzz", now=NOW)[1] for part in parts if part in users}

    @settings(max_examples=15, suppress_health_check=list(HealthCheck))
    @given(case=described[path][method.upper()].as_strategy(), part=st.sampled_from(parts), ours=st.booleans())
    def try_it(case: Any, part: str, ours: bool) -> None:
        if ours and row is not None and row.target is not None:
            case.path_parameters = {"id": row.target(world)}
        headers = {"Authorization": f"Token {tokens[part]}"} if part in tokens else {}
        with transaction.atomic():
            answer = case.call(headers=headers)
            transaction.set_rollback(True)
        case.validate_response(answer, checks=CHECKS)

    try_it()
