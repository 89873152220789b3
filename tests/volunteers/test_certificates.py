"""What carers are able to do on a day: skills, and certificates that are valid on it."""

from datetime import date, timedelta

import pytest

from people.errors import Invalid, WrongState
from tests.volunteers.make import BY, MONDAY, carer
from volunteers import services
from volunteers.models import CarerEvent, CarerSkill, Certificate
from volunteers.selectors import abilities, expiring_certificates

pytestmark = pytest.mark.django_db

FIRST, LAST = date(2026, 2, 1), date(2026, 3, 31)


def certify(who, code="CARE", valid_from=FIRST, valid_to=LAST):
    return services.add_certificate(carer=who, code=code, valid_from=valid_from, valid_to=valid_to, **BY)


@pytest.mark.parametrize(
    ("day", "able"),
    [
        (FIRST - timedelta(days=1), False),
        (FIRST, True),
        (LAST, True),  # the last day counts
        (LAST + timedelta(days=1), False),  # expired
    ],
)
def test_a_certificate_counts_on_its_days(day, able):
    who = carer()
    certify(who)

    assert abilities([who], day) == ({who.pk: {"cert:CARE"}} if able else {})


@pytest.mark.parametrize(("days", "able"), [(-1, True), (0, False), (1, False)])
def test_a_revoked_certificate_counts_until_the_day_before(days, able):
    who = carer()
    services.revoke_certificate(certificate=certify(who), on=MONDAY, reason="forged", **BY)

    assert bool(abilities([who], MONDAY + timedelta(days=days))) is able


def test_skills_and_certificates_stand_side_by_side():
    who, other = carer("C1"), carer("C2")
    CarerSkill.objects.create(carer=who, code="BATH")
    CarerSkill.objects.create(carer=other, code="MEAL")
    certify(who)

    assert abilities([who, other], MONDAY) == {who.pk: {"BATH", "cert:CARE"}, other.pk: {"MEAL"}}


def test_a_certificate_is_revoked_once():
    certificate = certify(carer())
    services.revoke_certificate(certificate=certificate, on=FIRST, reason="forged", **BY)

    with pytest.raises(WrongState):
        services.revoke_certificate(certificate=certificate, reason="again", **BY)

    assert Certificate.objects.get().revoked_on == FIRST
    assert list(CarerEvent.objects.values_list("kind", "detail")) == [
        ("REVOKED", "CARE: forged"),
        ("CERTIFIED", "CARE 2026-02-01 – 2026-03-31"),
    ]


@pytest.mark.parametrize(
    "dates",
    [
        {"valid_from": LAST, "valid_to": FIRST},  # ends before it begins
        {},  # there already
    ],
)
def test_an_impossible_certificate_is_refused(dates):
    who = carer()
    certify(who)

    with pytest.raises(Invalid):
        certify(who, **dates)

    assert Certificate.objects.count() == 1


@pytest.mark.parametrize(
    ("within", "codes"),
    [
        (29, ["HEALTH"]),  # in 29 days: 31 March
        (28, []),
        (365, ["HEALTH", "CARE"]),  # soonest first
    ],
)
def test_certificates_that_run_out_are_listed(within, codes):
    who = carer()
    certify(who, "HEALTH")
    certify(who, "CARE", valid_to=date(2026, 12, 31))
    certify(who, "OLD", valid_to=date(2026, 3, 1))  # has run out already
    services.revoke_certificate(certificate=certify(who, "FORGED"), on=FIRST, reason="forged", **BY)

    assert [row.code for row in expiring_certificates(within, MONDAY)] == codes


def test_a_renewed_certificate_is_not_listed():
    who = carer()
    certify(who)
    certify(who, valid_from=date(2026, 3, 15), valid_to=date(2027, 3, 14))

    assert not expiring_certificates(60, MONDAY)
