"""Which visits of a month a device proved, and which rest on somebody's word; by organisation, against the target."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client

from dispatch.counts.proof import Proof, all_together, proofs
from dispatch.counts.services import close_month
from dispatch.visits.models import Assignment, CheckEvent, Correction
from orders.models import Visit
from people.models import PolicySetting
from people.roles import Role
from tests.dispatch.counts.county import AFTER_CUT_OFF, NOVEMBER, County, user_with

DAY = date(2026, 11, 10)


@pytest.fixture(autouse=True)
def _december(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("people.clock.now", lambda: AFTER_CUT_OFF)


def sent(visit: Visit, *kinds: str, source: str = "APP", leg: int = 1) -> Visit:
    """The visit with checks of one carer by that means."""
    part = Assignment.objects.get(visit=visit, leg=leg)
    for kind in kinds:
        moment = visit.window_start + timedelta(hours=kind == "out")
        CheckEvent.objects.create(
            assignment=part,
            client_id=uuid4(),
            kind=kind,
            source=source,
            device_time=moment,
            server_time=moment,
            evidence_time=moment,
        )
    return visit


def corrected(visit: Visit, actor: User) -> None:
    part = Assignment.objects.get(visit=visit, leg=1)
    Correction.objects.create(
        assignment=part,
        kind="out",
        corrected_time=visit.window_start,
        reason="FORGOT",
        actor=actor,
        at=visit.window_start,
    )


@pytest.fixture
def november(county: County, administrator: User) -> County:
    """康乐: four of five by a device; 安康: one of six; nobody's: a volunteer's visit by QR card."""
    elder, days = county.elder("张桂兰", "涟城"), (DAY + timedelta(days=number) for number in range(20))
    wang, li = county.carer("王", "涟城", organisation="康乐"), county.carer("李", "涟城", organisation="安康")
    for source in ("APP", "QR", "CODE", "APP"):
        sent(county.visit(next(days), elder, wang), "in", "out", source=source)
    sent(sent(county.visit(next(days), elder, wang), "in"), "out", source="MANUAL")
    sent(county.visit(next(days), elder, li), "in", "out")
    sent(county.visit(next(days), elder, li), "in", "out", source="PHONE")
    sent(county.visit(next(days), elder, li), "in")  # nobody knows how its end was told
    corrected(sent(county.visit(next(days), elder, li), "in", "out"), administrator)
    county.visit(next(days), elder, li)
    double = county.visit(next(days), elder, li, second=county.carer("赵", "涟城", organisation="安康"))
    sent(sent(double, "in", "out"), "in", "out", source="MANUAL", leg=2)
    sent(county.visit(next(days), elder, li, status="disputed"), "in", "out")  # not counted yet
    sent(county.visit(DAY, county.elder("赵奶奶", "高沟"), county.carer("孙", "高沟")), "in", "out", source="QR")
    return county


def test_an_organisation_has_its_share_of_visits_that_a_device_proved(november: County, administrator: User) -> None:
    rows = proofs(NOVEMBER, administrator)

    assert rows == [
        Proof("安康", 6, 1, 80.0),
        Proof("康乐", 5, 4, 80.0),
        Proof("不属于任何机构", 1, 1, 80.0),
    ]
    assert [(round(row.percent, 1), row.by_hand, row.is_enough) for row in rows] == [
        (16.7, 5, False),
        (80.0, 1, True),
        (100.0, 0, True),
    ]
    assert all_together(rows, NOVEMBER) == Proof("", 12, 6, 80.0)


def test_a_closed_month_says_the_same(november: County, administrator: User) -> None:
    before = proofs(NOVEMBER, administrator)

    close_month(month=NOVEMBER, actor=administrator, now=AFTER_CUT_OFF)

    assert proofs(NOVEMBER, administrator) == before


def test_the_county_sets_the_target(november: County, administrator: User) -> None:
    PolicySetting.objects.create(key="electronic_share_target", value=0.9, effective_from=NOVEMBER, owner="民政局")

    assert [(row.target_percent, row.is_enough) for row in proofs(NOVEMBER, administrator)] == [
        (90.0, False),
        (90.0, False),
        (90.0, True),
    ]


def test_a_manager_sees_the_own_organisation_and_a_dispatcher_the_own_towns(november: County) -> None:
    assert [row.organisation for row in proofs(NOVEMBER, november.manager_of("康乐"))] == ["康乐"]
    assert [row.organisation for row in proofs(NOVEMBER, november.dispatcher_of("高沟"))] == ["不属于任何机构"]


def test_the_page_shows_who_is_below_the_target(november: County, administrator: User) -> None:
    client = Client()
    client.force_login(administrator)

    page = client.get("/counts/proof/?month=2026-11").content.decode()

    assert "16.7%" in page
    assert page.count("未达标") == 1
    assert page.count("已达标") == 2
    assert "目标 80%" in page


def test_a_role_without_counts_is_refused(county: County) -> None:
    client = Client()
    client.force_login(user_with(Role.OPERATOR))

    assert client.get("/counts/proof/?month=2026-11").status_code == 403
