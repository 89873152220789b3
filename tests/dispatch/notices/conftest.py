"""Providers that remember what they were given, a push service on this computer, and devices that subscribe to it."""

import base64
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.contrib.auth.models import User
from http_ece import decrypt

from dispatch.notices.models import Notice, PushSubscription
from dispatch.notices.providers import Message
from dispatch.notices.services.notify import Draft, notify
from orders.models import Visit
from people.outbox_providers import Receipt
from people.services import log_in_device
from tests.dispatch.factories import NOW, at, login_of
from volunteers.models import Carer

ENDPOINT = "https://fcm.googleapis.com/fcm/send/abc"


class Fake:
    """Takes every message, unless an answer was prepared for the next one."""

    sent: list[Message] = []
    answers: list[Exception] = []

    def send(self, message: Message) -> Receipt:
        self.sent.append(message)
        if self.answers:
            raise self.answers.pop(0)
        return Receipt(f"R{len(self.sent)}")


@pytest.fixture
def provider(settings) -> Iterator[type[Fake]]:
    """Carries text messages, and pushes before them."""
    settings.NOTICE_PROVIDERS = {"PUSH": f"{__name__}.Fake", "SMS": f"{__name__}.Fake"}
    yield Fake
    Fake.sent.clear()
    Fake.answers.clear()


def draft_of(carer: Carer, event: str = "e1", *, visit: Visit | None = None, until: str = "11:00") -> Draft:
    """“请看。”, of use until then."""
    return Draft(Notice.Kind.OFFER, event, carer.pk, lambda: "请看。", at(until), visit)


def queued(carer: Carer, event: str = "e1", **how: Any) -> Notice:
    """A notice that waits since NOW."""
    [row] = notify([draft_of(carer, event, **how)], now=NOW)
    return row


def story(row: Notice) -> list[tuple[str, str]]:
    return [(event.new, event.reason) for event in row.events.order_by("pk")]


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@dataclass
class Browser:
    """The keys that a browser makes when it subscribes."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    @property
    def keys(self) -> dict[str, str]:
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"p256dh": base64url(point), "auth": base64url(self.secret)}

    def read(self, body: bytes) -> str:
        text: bytes = decrypt(body, private_key=self.key, auth_secret=self.secret, version="aes128gcm")
        return text.decode()


def subscribed(carer: Carer, *, endpoint: str = ENDPOINT, browser: Browser | None = None) -> PushSubscription:
    """A device of the carer that takes push messages."""
    user: User = login_of(carer)
    device, _token = log_in_device(user=user, name="手机", now=NOW)
    keys = (browser or Browser()).keys
    return PushSubscription.objects.create(
        token=device.token,
        service="fcm.googleapis.com",
        endpoint=endpoint,
        endpoint_index=f"{endpoint}{device.pk}"[-64:],
        public_key=keys["p256dh"],
        auth_secret=keys["auth"],
        created_at=NOW,
    )


@dataclass
class PushService:
    """Answers as it is told, and keeps what it was sent."""

    address: str = ""
    status: int = 201
    location: str = ""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def push_service() -> Iterator[PushService]:
    service = PushService()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            service.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(service.status)
            if service.location:
                self.send_header("Location", service.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    service.address = f"http://127.0.0.1:{server.server_port}/push/1"
    Thread(target=server.serve_forever, daemon=True).start()
    yield service
    server.shutdown()
    server.server_close()


@pytest.fixture
def vapid(settings) -> None:
    """The server has a key."""
    settings.VAPID_PRIVATE_KEY = base64url(b"\x01" * 32)
    settings.VAPID_CONTACT = "mailto:office@example.cn"
