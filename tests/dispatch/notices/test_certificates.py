"""A certificate that lapses is told twice: in its last 30 days and in its last 7."""

from datetime import date, datetime, timedelta

import pytest

from dispatch.notices.models import Notice
from dispatch.notices.services.certificates import remind_of_certificates
from tests.dispatch.factories import NOW, TODAY, at, make_carer
from volunteers.models import Carer, Certificate

pytestmark = pytest.mark.django_db


@pytest.fixture
def carer() -> Carer:
    return make_carer()


def certificate(carer: Carer, days: int, *, code: str = "NURSING", **fields: object) -> Certificate:
    dates = {"valid_from": date(2026, 1, 1), "valid_to": TODAY + timedelta(days=days)}
    return Certificate.objects.create(carer=carer, code=code, **(dates | fields))


def in_days(days: int) -> datetime:
    return NOW + timedelta(days=days)


def test_it_is_told_at_thirty_and_at_seven_days_once_each(carer: Carer) -> None:
    certificate(carer, 31)

    told = [len(remind_of_certificates(now=in_days(day)) and Notice.objects.all()) for day in range(34)]

    assert (
        told == [0] + [1] * 23 + [2] * 8 + [0] * 2
    )  # 30 days left after one day, 7 after 24; its last day is the 31st
    assert Notice.objects.count() == 2


def test_the_words_and_until_when_they_are_of_use(carer: Carer) -> None:
    certificate(carer, 30)

    [notice] = remind_of_certificates(now=NOW)

    assert notice.text == "您的证件“护士执业证”10月14日（星期三）到期，请及时换新。"
    assert (notice.carer, notice.kind, notice.visit) == (carer, "CERTIFICATE", None)
    assert notice.expires_at == at("00:00", date(2026, 10, 15))


def test_the_nearer_one_alone_when_nobody_looked_before(carer: Carer) -> None:
    row = certificate(carer, 3)

    remind_of_certificates(now=NOW)

    assert [notice.key for notice in Notice.objects.all()] == [f"certificate:{row.pk}:{row.valid_to}:7"]


def test_a_date_that_was_corrected_is_told_anew(carer: Carer) -> None:
    row = certificate(carer, 20)
    remind_of_certificates(now=NOW)
    Certificate.objects.filter(pk=row.pk).update(valid_to=TODAY + timedelta(days=25))

    remind_of_certificates(now=NOW)

    assert Notice.objects.count() == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"days": -1},  # over
        {"days": 31},
        {"days": 5, "revoked_on": TODAY},
    ],
)
def test_what_needs_no_reminder(carer: Carer, fields) -> None:
    certificate(carer, **fields)

    assert remind_of_certificates(now=NOW) == []


def test_nor_what_was_renewed_already(carer: Carer) -> None:
    certificate(carer, 5)
    certificate(carer, 370, valid_from=TODAY)

    assert remind_of_certificates(now=NOW) == []


def test_another_certificate_renews_nothing(carer: Carer) -> None:
    certificate(carer, 5)
    certificate(carer, 370, code="HEALTH")
    certificate(carer, 370, valid_from=TODAY, revoked_on=TODAY)

    assert len(remind_of_certificates(now=NOW)) == 1


def test_nor_a_carer_who_is_not_active() -> None:
    certificate(make_carer(active_to=TODAY - timedelta(days=1)), 5)

    assert remind_of_certificates(now=NOW) == []


@pytest.mark.parametrize("carers", [1, 10])
def test_any_number_takes_as_many_queries(carers: int, django_assert_num_queries) -> None:
    for number in range(carers):
        certificate(make_carer(f"C{number}"), 7)

    with django_assert_num_queries(6):
        assert len(remind_of_certificates(now=NOW)) == carers
