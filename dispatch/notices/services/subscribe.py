"""Where one device takes push messages: stored when the carer asks for it, gone with the device's token."""

from datetime import datetime
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from knox.models import AuthToken

from dispatch.notices import vapid
from dispatch.notices.models import PushSubscription
from people.blind_index import blind
from people.errors import Conflict, Invalid, LostRace

AUTH_SECRET_BYTES = 16  # RFC 8291


def subscribe(*, token: AuthToken, endpoint: str, public_key: str, auth_secret: str, now: datetime) -> None:
    """From now on the device of this token is told by push; an earlier subscription of it, or of this browser, is replaced.

    Raises:
        Conflict: the server has no key for push ("push_off").
        Invalid: the endpoint is not one of a push service that we call, or a key cannot be one.
        LostRace: the same browser, or device, subscribes a second time at this moment.
    """
    if not vapid.is_set_up():
        raise Conflict(_("Messages to the phone are not set up."), code="push_off")
    service = _service(endpoint)
    _require_keys(public_key, auth_secret)
    index = blind("push", endpoint)
    try:
        with transaction.atomic():
            PushSubscription.objects.filter(Q(token=token) | Q(endpoint_index=index)).delete()
            PushSubscription.objects.create(
                token=token,
                service=service,
                endpoint=endpoint,
                endpoint_index=index,
                public_key=public_key,
                auth_secret=auth_secret,
                created_at=now,
            )
    except IntegrityError:
        raise LostRace(_("Somebody else changed this a moment ago. Reload to see how it stands.")) from None


def unsubscribe(*, token: AuthToken) -> None:
    """The device of this token is told nothing more by push; notices go on standing in the app."""
    PushSubscription.objects.filter(token=token).delete()


def _service(endpoint: str) -> str:
    """The host of an endpoint that we may call."""
    refusal = Invalid(_("This is not the address of a known push service."), fields={"endpoint": [_("Not known.")]})
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise refusal from None
    known = any(host == each or (each.startswith(".") and host.endswith(each)) for each in settings.PUSH_HOSTS)
    if parts.scheme != "https" or "@" in parts.netloc or port not in (None, 443) or not known:
        raise refusal
    return host


def _require_keys(public_key: str, auth_secret: str) -> None:
    """Refuse what nothing could be encrypted for, so that a notice need not fail for it later."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), vapid.decoded(public_key))
        fits = len(vapid.decoded(auth_secret)) == AUTH_SECRET_BYTES
    except ValueError:
        fits = False
    if not fits:
        raise Invalid(_("These are not the keys of a subscription."), fields={"keys": [_("Not valid.")]})
