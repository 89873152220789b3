"""The catalogue that a new county may start from. Durations, prices and rates are our own examples, not the county's.

Bathing, rehabilitation and medical aid need a certificate valid on the day (domain rule 3.13); bathing is never done
by a volunteer. Two carers for a visit are asked for in the order. Welfare visits cost nobody anything. Sitting and
talking is what most would like to do.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from orders.models import ServiceItem, ServiceKind
from people.errors import Text

CARE_CERTIFICATE = "CARE"  # 养老护理员
THERAPY_CERTIFICATE = "THERAPY"  # 康复治疗
NURSING_CERTIFICATE = "NURSING"  # 护士执业
CERTIFICATE_NAMES: dict[str, Text] = {
    CARE_CERTIFICATE: _("care worker's certificate"),
    THERAPY_CERTIFICATE: _("therapist's certificate"),
    NURSING_CERTIFICATE: _("nurse's certificate"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One service; its code is its kind and the skill that a carer needs. Price in fen per visit."""

    kind: ServiceKind
    name: str
    name_en: str
    minutes: int
    price_fen: int
    certificate: str = ""
    workers_only: bool = False
    is_popular: bool = False
    gender_rule: ServiceItem.GenderRule = ServiceItem.GenderRule.ANY
    subsidised: bool = True
    credit_payable: bool = True
    credit_rate: Decimal = Decimal(1)
    tolerance_minutes: int = 15


SAME = ServiceItem.GenderRule.SAME
WISH = ServiceItem.GenderRule.WISH

ROWS = (
    Row(ServiceKind.MEAL, "助餐", "Meals", 30, 1500, tolerance_minutes=5),
    Row(
        ServiceKind.BATH,
        "助浴",
        "Bathing",
        60,
        12000,
        certificate=CARE_CERTIFICATE,
        workers_only=True,
        gender_rule=SAME,
        credit_payable=False,
    ),
    Row(ServiceKind.CLEAN, "助洁", "Cleaning", 90, 6000, tolerance_minutes=30),
    Row(ServiceKind.URGENT, "助急", "Urgent help", 45, 3000, tolerance_minutes=5),
    Row(ServiceKind.MEDICAL, "助医", "Medical aid", 120, 10000, certificate=NURSING_CERTIFICATE, tolerance_minutes=5),
    Row(
        ServiceKind.WELFARE,
        "探访",
        "Welfare visit",
        30,
        0,
        subsidised=False,
        credit_payable=False,
        tolerance_minutes=30,
    ),
    Row(ServiceKind.ESCORT, "助行", "Escort", 60, 4000, gender_rule=WISH),
    Row(ServiceKind.REHAB, "康复", "Rehabilitation", 60, 10000, certificate=THERAPY_CERTIFICATE),
    Row(
        ServiceKind.COMFORT,
        "心理慰藉",
        "Emotional support",
        45,
        3000,
        is_popular=True,
        gender_rule=WISH,
        tolerance_minutes=30,
    ),
    Row(ServiceKind.ERRAND, "代办", "Errands", 45, 2500, tolerance_minutes=30),
)


def load(*, effective_from: date) -> list[ServiceItem]:
    """The default catalogue as stored rows, valid from a day without end; codes that already exist are kept."""
    existing = set(ServiceItem.objects.values_list("code", flat=True))
    ServiceItem.objects.bulk_create(_item(row, effective_from) for row in ROWS if row.kind.value not in existing)
    return list(ServiceItem.objects.filter(code__in=[row.kind.value for row in ROWS]).order_by("pk"))


def _item(row: Row, effective_from: date) -> ServiceItem:
    return ServiceItem(
        code=row.kind.value,
        kind=row.kind,
        name=row.name,
        name_en=row.name_en,
        duration_minutes=row.minutes,
        skill=row.kind.value,
        certificate=row.certificate,
        workers_only=row.workers_only,
        is_popular=row.is_popular,
        gender_rule=row.gender_rule,
        price_fen=row.price_fen,
        subsidised=row.subsidised,
        credit_payable=row.credit_payable,
        credit_rate=row.credit_rate,
        tolerance_minutes=row.tolerance_minutes,
        effective_from=effective_from,
    )
