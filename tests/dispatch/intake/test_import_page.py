"""The page: upload, dry run, confirm; and the command."""

import io
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from openpyxl import load_workbook

from dispatch.intake import uploads
from orders.models import Elder
from people.models import Person, Town
from people.roles import Role
from tests.cast import Cast, make_town, make_user
from tests.dispatch.intake.sheet_files import changed_example, example_row, workbook

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr("people.clock.now", lambda: NOW)
    return tmp_path / "uploads"


@pytest.fixture
def gaogou() -> Town:
    return make_town("320826103", "高沟镇", 34.021, 119.189)


@pytest.fixture
def client(gaogou: Town) -> Client:
    client = Client()
    client.force_login(make_user("minzheng", Role.ADMINISTRATOR))
    return client


def elders() -> bytes:
    return workbook(老人=[example_row("老人")])


def upload(client: Client, content: bytes, name: str = "老人.xlsx"):
    return client.post("/import/", {"file": SimpleUploadedFile(name, content)})


def test_upload_shows_every_row_and_stores_nothing_until_confirmed(client: Client, folder: Path) -> None:
    page = upload(client, elders())

    assert page.status_code == 200
    assert [(each.sheet, each.row) for each in page.context["outcomes"]] == [("老人", 2)]
    assert Person.objects.count() == 0

    answer = client.post("/import/confirm/", {"token": page.context["token"]})

    assert (answer.status_code, answer["Location"]) == (302, "/import/")
    assert Elder.objects.get().number == "L-0001"
    assert list(folder.iterdir()) == []


def test_the_upload_lies_encrypted_and_closed_until_used(client: Client, folder: Path) -> None:
    content = "老人编号,姓名,性别,镇街\nL-1,李秀英,女,高沟镇\n".encode()
    upload(client, content, "老人.csv")

    (file,) = folder.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert "李秀英".encode() not in file.read_bytes()


def test_a_token_works_once_and_only_for_its_user(client: Client, gaogou: Town) -> None:
    token = upload(client, elders()).context["token"]
    other = Client()
    other.force_login(make_user("other", Role.ADMINISTRATOR))

    assert other.post("/import/confirm/", {"token": token}).status_code == 400
    assert client.post("/import/confirm/", {"token": "made-up"}).status_code == 400
    assert Elder.objects.count() == 0
    assert client.post("/import/confirm/", {"token": token}).status_code == 302
    assert client.post("/import/confirm/", {"token": token}).status_code == 400
    assert Elder.objects.count() == 1


def test_old_uploads_are_forgotten(client: Client, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    upload(client, elders())
    monkeypatch.setattr(uploads, "LIFE_SECONDS", -1)

    upload(client, b"a,b\n1,2\n")
    uploads.keep(b"next", make_user("other"))

    assert len(list(folder.iterdir())) == 1


def test_a_bad_file_shows_its_problems_and_no_button(client: Client, folder: Path) -> None:
    page = upload(client, changed_example("老人", "镇街", "无此镇"))

    text = page.content.decode()
    assert page.status_code == 400
    assert ("老人", 2, "镇街") in [(each.sheet, each.row, each.column) for each in page.context["problems"]]
    assert "/import/confirm/" not in text
    assert not folder.exists() or list(folder.iterdir()) == []


def test_what_changed_since_the_dry_run_is_found_at_confirmation(client: Client, gaogou: Town) -> None:
    token = upload(client, elders()).context["token"]
    gaogou.name = "新镇"
    gaogou.save()

    answer = client.post("/import/confirm/", {"token": token})

    assert answer.status_code == 409
    assert Person.objects.count() == 0


def test_no_file_is_a_plain_refusal(client: Client) -> None:
    assert client.post("/import/", {}).status_code == 400


@pytest.mark.parametrize("part", ["operator", "dispatcher", "auditor", "manager", "worker", "stranger"])
def test_only_an_administrator_imports(cast: Cast, part: str) -> None:
    client = Client()
    client.force_login(cast.everybody()[part])

    answers = [
        client.get("/import/"),
        upload(client, elders()),
        client.post("/import/confirm/", {"token": "x"}),
        client.get("/import/example.xlsx"),
    ]

    assert [answer.status_code for answer in answers] == [403] * 4


def test_the_example_downloads_and_passes_its_own_dry_run(client: Client) -> None:
    answer = client.get("/import/example.xlsx")

    book = load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["说明", "机构", "服务目录", "老人", "服务人员", "证书", "可服务时间", "订单"]
    assert upload(client, answer.content).status_code == 200


def test_the_command_imports_or_only_tells(gaogou: Town, tmp_path: Path) -> None:
    file = tmp_path / "elders.xlsx"
    file.write_bytes(elders())
    out = StringIO()

    call_command("import_sheet", str(file), "--dry-run", stdout=out)
    assert Elder.objects.count() == 0
    call_command("import_sheet", str(file), stdout=out)

    assert Elder.objects.count() == 1
    assert out.getvalue().splitlines()[-1] == "1 new, 0 changed, 0 unchanged"
    file.write_bytes(changed_example("老人", "镇街", "无此镇"))
    with pytest.raises(CommandError):
        call_command("import_sheet", str(file), stdout=out, stderr=out)
    with pytest.raises(CommandError):
        call_command("import_sheet", str(tmp_path / "none.xlsx"))


def test_the_admin_leads_to_the_import_and_its_example(cast: Cast) -> None:
    pages = {}
    for part, user in (("administrator", cast.administrator), ("auditor", cast.auditor)):
        client = Client()
        client.force_login(user)
        pages[part] = client.get("/admin/").content.decode()

    assert '"/import/"' in pages["administrator"]
    assert '"/import/example.xlsx"' in pages["administrator"]
    assert '"/import/"' not in pages["auditor"]
