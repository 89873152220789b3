"""The provider of the channel PUSH: RFC 8030 by pywebpush, encrypted so that only the carer's phone can read it."""

import json

import requests
from django.conf import settings
from pywebpush import WebPushException, webpush

from dispatch.notices.models import PushSubscription
from dispatch.notices.providers import Gone, Message
from dispatch.notices.ways import device_of
from people.outbox_providers import Receipt, Refused, TryLater

TIMEOUT_SECONDS = 5
NO_MORE = (404, 410)
BUSY = 429


class WebPush:
    """One connection for a run. Redirects are not followed: a push service has no reason for one."""

    def __init__(self) -> None:
        self._session = requests.Session()
        self._session.max_redirects = 0

    def send(self, message: Message) -> Receipt:
        """An empty receipt: push services do not report. A subscription that is no more is removed."""
        subscription = PushSubscription.objects.filter(pk=device_of(message.address)).first()
        if subscription is None:
            raise Gone("logged out")
        try:
            self._post(subscription, message)
        except requests.RequestException as fault:
            raise TryLater(type(fault).__name__) from None
        except WebPushException as refusal:
            status = refusal.status_code or 0
            if status in NO_MORE:
                subscription.delete()
                raise Gone(str(status)) from None
            raise (TryLater if status == BUSY or status >= 500 else Refused)(str(status)) from None
        return Receipt()

    def _post(self, subscription: PushSubscription, message: Message) -> None:
        webpush(
            {
                "endpoint": subscription.endpoint,
                "keys": {"p256dh": subscription.public_key, "auth": subscription.auth_secret},
            },
            json.dumps({"key": message.key, "text": message.text}),
            vapid_private_key=settings.VAPID_PRIVATE_KEY,
            vapid_claims={"sub": settings.VAPID_CONTACT},
            ttl=message.of_use_seconds,
            timeout=TIMEOUT_SECONDS,
            headers={"urgency": "high"},  # a sleeping phone wakes for it
            requests_session=self._session,
        )
