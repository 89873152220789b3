"""Every operation of the interface, from its own schema, with what each outsider is to be answered."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from drf_spectacular.generators import SchemaGenerator

from dispatch.notices.models import Notice
from tests.dispatch.notices.conftest import Browser
from tests.dispatch.photos import a_photo
from tests.security.world import World

METHODS = {"get", "post", "put", "patch", "delete"}
OUTSIDERS = ("anonymous", "revoked", "stranger", "rival carer", "rival manager")

Operation = tuple[str, str]


@dataclass(frozen=True)
class Row:
    """Who is meant, on what, and the answers to the stranger without a role and to the rival's carer and manager.

    Without a login, or with a token that was revoked, the answer is 401.
    """

    rightful: str  # the part that may
    answers: tuple[int, int, int]  # stranger, rival carer, rival manager
    target: Callable[[World], int] | None = None  # the id in the address
    body: Callable[[World], dict[str, Any]] = field(default=lambda world: {})
    query: str = ""
    form: str = "json"
    writes_own: bool = False  # the rival has the same address for what is the rival's own

    def status_for(self, part: str) -> int:
        return dict(zip(OUTSIDERS, (401, 401, *self.answers), strict=True))[part]


def check_body(world: World) -> dict[str, Any]:
    return {"client_id": str(uuid4()), "device_time": "2026-09-14T07:05:00+08:00"}


def message_body(world: World) -> dict[str, Any]:
    return {"client_id": str(uuid4()), "device_time": "2026-09-14T07:05:00+08:00", "text": "老人今天精神好"}


def photo_body(world: World) -> dict[str, Any]:
    return message_body(world) | {"photo": SimpleUploadedFile("photo.jpg", a_photo(), "image/jpeg")}


def absence_body(world: World) -> dict[str, Any]:
    return {"start": "2026-10-01T08:00:00+08:00", "end": "2026-10-02T08:00:00+08:00", "reason": "LEAVE"}


def time_body(world: World) -> dict[str, Any]:
    return {"weekday": 6, "start": "08:00", "end": "12:00"}


def seen_body(world: World) -> dict[str, Any]:
    return {"up_to": Notice.objects.filter(carer=world.cast.worker).order_by("pk")[0].pk}


def push_body(world: World) -> dict[str, Any]:
    return {"endpoint": f"https://fcm.googleapis.com/fcm/send/{uuid4()}", "keys": Browser().keys}


PUBLIC: dict[Operation, str] = {
    ("post", "/api/v1/cti/{token}/"): "the token in the address is the exchange's credential",
    ("post", "/api/v1/ivr/{token}/"): "the token in the address is the exchange's credential",
    ("post", "/api/v1/devices/"): "logs in with name and password",
}

ROWS: dict[Operation, Row] = {
    ("get", "/api/v1/assignments/"): Row("worker", (403, 200, 200)),
    ("post", "/api/v1/assignments/{id}/call/"): Row("worker", (403, 404, 403), lambda world: world.promised.pk),
    ("post", "/api/v1/assignments/{id}/check-in/"): Row(
        "worker", (403, 404, 404), lambda world: world.begun.pk, check_body
    ),
    ("post", "/api/v1/assignments/{id}/check-out/"): Row(
        "worker", (403, 404, 404), lambda world: world.begun.pk, check_body
    ),
    ("post", "/api/v1/assignments/{id}/correct/"): Row(
        "manager",
        (403, 404, 404),
        lambda world: world.begun.pk,
        lambda world: {"kind": "out", "corrected_time": "2026-09-14T07:04:00+08:00", "reason": "FORGOT"},
    ),
    ("post", "/api/v1/assignments/{id}/en-route/"): Row(
        "worker", (403, 404, 404), lambda world: world.promised.pk, message_body
    ),
    ("get", "/api/v1/assignments/{id}/notes/"): Row("worker", (403, 404, 404), lambda world: world.begun.pk),
    ("post", "/api/v1/assignments/{id}/notes/"): Row(
        "worker", (403, 404, 404), lambda world: world.begun.pk, message_body
    ),
    ("post", "/api/v1/assignments/{id}/photos/"): Row(
        "worker", (403, 404, 404), lambda world: world.begun.pk, photo_body, form="multipart"
    ),
    ("post", "/api/v1/assignments/{id}/no-show/"): Row(
        "dispatcher", (403, 404, 404), lambda world: world.late.pk, lambda world: {"reason": "联系不上"}
    ),
    ("post", "/api/v1/assignments/{id}/release/"): Row(
        "worker", (403, 404, 404), lambda world: world.promised.pk, lambda world: {"reason": "孩子发烧"}
    ),
    ("get", "/api/v1/counts/"): Row("manager", (403, 403, 200), query="?month=2026-09"),
    ("get", "/api/v1/devices/"): Row("worker", (200, 200, 200)),
    ("delete", "/api/v1/devices/{id}/"): Row("worker", (404, 404, 404), lambda world: world.device.pk),
    ("get", "/api/v1/me/"): Row("worker", (200, 200, 200)),
    ("get", "/api/v1/me/absences/"): Row("worker", (403, 200, 403)),
    ("post", "/api/v1/me/absences/"): Row("worker", (403, 201, 403), body=absence_body, writes_own=True),
    ("delete", "/api/v1/me/absences/{id}/"): Row("worker", (403, 404, 403), lambda world: world.absence.pk),
    ("get", "/api/v1/me/availability/"): Row("worker", (403, 200, 403)),
    ("post", "/api/v1/me/availability/"): Row("worker", (403, 201, 403), body=time_body, writes_own=True),
    ("delete", "/api/v1/me/availability/{id}/"): Row("worker", (403, 404, 403), lambda world: world.offered_time.pk),
    ("get", "/api/v1/me/certificates/"): Row("worker", (403, 200, 403)),
    ("get", "/api/v1/me/statement/"): Row("volunteer", (403, 200, 403)),
    ("get", "/api/v1/me/credits/"): Row("volunteer", (403, 200, 403)),
    ("get", "/api/v1/me/day/"): Row("worker", (403, 200, 403)),
    ("get", "/api/v1/me/notices/"): Row("worker", (403, 200, 403)),
    ("post", "/api/v1/me/notices/read/"): Row("worker", (403, 204, 403), body=seen_body),
    ("put", "/api/v1/me/push/"): Row("worker", (403, 204, 403), body=push_body, writes_own=True),
    ("delete", "/api/v1/me/push/"): Row("worker", (403, 204, 403)),
    ("get", "/api/v1/offers/"): Row("worker", (403, 200, 200)),
    ("post", "/api/v1/offers/{id}/accept/"): Row("worker", (403, 404, 404), lambda world: world.open_offer.pk),
    ("post", "/api/v1/offers/{id}/decline/"): Row(
        "worker", (403, 404, 404), lambda world: world.open_offer.pk, lambda world: {"reason": "SICK"}
    ),
    ("get", "/api/v1/pool/"): Row("volunteer", (403, 200, 200)),
    ("post", "/api/v1/pool/{id}/accept/"): Row("volunteer", (403, 404, 404), lambda world: world.pool_offer.pk),
}


def operations() -> list[Operation]:
    """(method, path) of the whole schema."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    return sorted((method, path) for path, item in schema["paths"].items() for method in item if method in METHODS)


def call(client: Any, operation: Operation, world: World, body: Any = None, headers: Any = None) -> Any:
    """The answer to the operation on the row's own target, with its own body unless another is given."""
    method, path = operation
    row = ROWS[operation]
    address = path.replace("{id}", str(row.target(world))) if row.target else path
    sent = None if method == "get" else (row.body(world) if body is None else body)
    return getattr(client, method)(
        address + row.query, sent, format=row.form if body is None else "json", headers=headers
    )
