"""Telling carers in time that a certificate lapses, so that work need not be refused to them."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from dispatch.notices import texts
from dispatch.notices.models import Notice
from dispatch.notices.services.notify import Draft, notify
from orders.catalogue import CERTIFICATE_NAMES
from orders.wall_clock import midnight_after
from people.clock import local_date
from volunteers.models import Certificate
from volunteers.selectors import active_on

REMIND_DAYS = (7, 30)  # before the last day, the nearest first; one notice for each


def remind_of_certificates(*, now: datetime) -> list[Notice]:
    """The notice of each certificate that lapses soon: the first in its last 30 days, the second in its last 7.

    A certificate that was revoked, or renewed already, is left out, and so is a carer who is not active. Running it again
    returns the same notices.
    """
    today = local_date(now)
    standing = Q(revoked_on=None) | Q(revoked_on__gt=today)
    renewed = Certificate.objects.filter(
        standing, carer=OuterRef("carer"), code=OuterRef("code"), valid_to__gt=OuterRef("valid_to")
    )
    lapsing = Certificate.objects.filter(
        standing,
        active_on(today, prefix="carer__"),
        ~Exists(renewed),
        valid_to__range=(today, today + timedelta(days=max(REMIND_DAYS))),
    )
    return notify([_draft(row, (row.valid_to - today).days) for row in lapsing.order_by("pk")], now=now)


def _draft(certificate: Certificate, left: int) -> Draft:
    stage = next(days for days in REMIND_DAYS if left <= days)
    name = CERTIFICATE_NAMES.get(certificate.code, certificate.code)
    return Draft(
        Notice.Kind.CERTIFICATE,
        f"certificate:{certificate.pk}:{certificate.valid_to}:{stage}",
        certificate.carer_id,
        lambda: texts.certificate_ends(str(name), certificate.valid_to),
        midnight_after(certificate.valid_to),
    )
