"""The monthly pages, the file and the API: each role's own figures, the same everywhere."""

import re
from datetime import date

import pytest
from django.contrib.auth.models import User
from django.test import Client

from dispatch.counts.columns import escaped
from dispatch.counts.models import Export, MonthClose
from people.roles import Role
from tests.dispatch.counts.county import AFTER_CUT_OFF, County, user_with

DAY = date(2026, 11, 10)


@pytest.fixture(autouse=True)
def _december(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("people.clock.now", lambda: AFTER_CUT_OFF)


@pytest.fixture
def november(county: County) -> County:
    county.organisation("别家")
    wang = county.carer("王", "涟城", organisation="康乐")
    county.visit(DAY, county.elder("张桂兰", "涟城"), wang, gov_minutes=60)
    county.visit(DAY, county.elder("赵", "高沟"), county.carer("孙", "高沟"), kind="BATH")
    return county


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_page_leads_from_every_number_to_its_visits(november: County, administrator: User) -> None:
    client = logged_in(administrator)

    page = client.get("/counts/?month=2026-11").content.decode()
    row = re.search(r'<a href="(/counts/visits/[^"]*service=CLEAN[^"]*)">1</a>', page)

    assert row
    behind = client.get(row[1].replace("&amp;", "&")).content.decode()
    assert "张桂兰" in behind
    assert "赵" not in behind


def test_the_page_shows_the_month_before_beside(november: County, administrator: User) -> None:
    figures = logged_in(administrator).get("/counts/?month=2026-12").context["figures"]

    assert [(figure.value, figure.before) for figure, _ in figures] == [
        (0, 2),
        (0, 2),
        (0, 120),
        (0.0, 100.0),
        (0, 1),
        (0, 60),
    ]


def test_the_coverage_can_be_measured_against_the_county(november: County, administrator: User) -> None:
    answer = logged_in(administrator).get("/counts/?month=2026-11&base=county")

    coverage = next(figure for figure, _ in answer.context["figures"] if figure.unit == "percent")
    assert coverage.value == pytest.approx(100 * 2 / 218_600)
    assert "218600" in str(coverage.meaning)


def test_a_manager_sees_only_the_own_organisation(november: County) -> None:
    answer = logged_in(november.manager_of("康乐")).get("/counts/?month=2026-11")

    assert [texts[2] for texts, _numbers, _address in answer.context["lines"]] == ["康乐"]
    assert [name for _key, name in answer.context["form"].fields["organisation"].choices][2:] == ["康乐"]
    assert answer.context["totals"].person_times == 1


@pytest.mark.parametrize("role", [Role.CARER, Role.OPERATOR])
def test_roles_without_counts_are_refused(county: County, role: Role) -> None:
    client = logged_in(user_with(role))

    assert [client.get(f"/counts/{page}").status_code for page in ("", "visits/", "month.csv")] == [403] * 3
    assert client.get("/api/v1/counts/?month=2026-11").status_code == 403
    assert client.post("/counts/close/", {"month": "2026-11"}).status_code == 403
    assert Export.objects.count() == MonthClose.objects.count() == 0


@pytest.mark.parametrize(
    "query",
    ["month=13-2026", "month=0001-01", "month=9999-12", "month=2026-11&town=999", "month=2026-11&payer=nobody"],
)
def test_filters_that_name_nothing_are_refused(county: County, administrator: User, query: str) -> None:
    assert logged_in(administrator).get(f"/counts/?{query}").status_code == 400


def test_the_file_holds_the_page_and_its_watermark(november: County, administrator: User) -> None:
    client = logged_in(administrator)

    answer = client.get("/counts/month.csv?month=2026-11")
    lines = answer.content.decode("utf-8-sig").splitlines()
    export = Export.objects.get()

    page = client.get("/counts/?month=2026-11").context["lines"]
    assert lines[1:3] == [",".join(map(str, [*texts, *numbers])) for texts, numbers, _address in page]
    assert (export.rows, export.actor, export.at) == (2, administrator, AFTER_CUT_OFF)
    assert administrator.username in lines[3]
    assert str(export.pk) in lines[3]


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_no_cell_of_a_file_is_a_formula(start: str) -> None:
    assert escaped(f"{start}1+1") == f"'{start}1+1"
    assert escaped("康乐") == "康乐"
    assert escaped(5) == 5


def test_the_api_gives_the_same_figures(november: County, administrator: User) -> None:
    answer = logged_in(administrator).get("/api/v1/counts/?month=2026-11").json()

    assert (answer["month"], answer["closed"], answer["digest"]) == ("2026-11", False, "")
    assert answer["totals"] == {"person_times": 2, "elders": 2, "minutes": 120}
    assert answer["rows"][0] == {
        "town": "涟城",
        "service": "CLEAN",
        "organisation": "康乐",
        "carer_kind": "WORKER",
        "payer": "GOVERNMENT",
        "person_times": 1,
        "elders": 1,
        "minutes": 60,
    }


def test_the_api_refuses_a_month_that_is_none(county: County, administrator: User) -> None:
    client = logged_in(administrator)

    for query in ("", "month=november", "month=2026-13"):
        answer = client.get(f"/api/v1/counts/?{query}")
        assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (400, "month")


def test_the_administrator_closes_the_month_from_the_page(november: County, administrator: User) -> None:
    client = logged_in(administrator)
    assert "/counts/close/" in client.get("/counts/?month=2026-11").content.decode()

    answer = client.post("/counts/close/", {"month": "2026-11"})
    page = client.get("/counts/?month=2026-11").content.decode()

    assert (answer.status_code, answer["Location"]) == (302, "/counts/?month=2026-11")
    assert MonthClose.objects.get().digest in page
    assert "/counts/close/" not in page


def test_an_auditor_reads_but_never_closes(november: County) -> None:
    client = logged_in(user_with(Role.AUDITOR))

    page = client.get("/counts/?month=2026-11").content.decode()
    answer = client.post("/counts/close/", {"month": "2026-11"})

    assert "/counts/close/" not in page
    assert (answer.status_code, MonthClose.objects.count()) == (403, 0)


def test_the_page_asks_the_database_the_same_however_many_visits(
    november: County, administrator: User, django_assert_max_num_queries
) -> None:
    client = logged_in(administrator)
    for number in range(5):
        november.visit(DAY, november.elder(f"老{number}", "涟城"), november.carer(f"人{number}", "涟城"))

    with django_assert_max_num_queries(30):
        client.get("/counts/?month=2026-11")
    with django_assert_max_num_queries(20):
        client.get("/counts/visits/?month=2026-11")


def test_the_page_opens_on_the_current_month(county: County, administrator: User) -> None:
    answer = logged_in(administrator).get("/counts/")

    assert answer.context["month"] == date(2026, 12, 1)
