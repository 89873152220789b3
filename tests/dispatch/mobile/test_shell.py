"""The shell of the carers' page: the same for everybody, complete in both languages, and whole without signal."""

import json
import re
import shutil
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from config.storage import HashedFiles
from dispatch.mobile import files
from tests.cast import make_user
from tests.dispatch.factories import make_carer, make_elder, make_visit, promise

pytestmark = pytest.mark.django_db

CHINESE = re.compile(r"[\u4e00-\u9fff]+")
IMPORTS = re.compile(r'from "\./([^"]+)"')


@pytest.fixture
def anonymous() -> Client:
    return Client()


def test_the_shell_is_the_same_for_everybody(anonymous: Client):
    carer = make_carer()
    promise(make_visit(make_elder(name="陈秀英")), carer)
    someone = Client()
    someone.force_login(carer.person.user)

    answer = someone.get("/app/")

    assert answer.content == anonymous.get("/app/").content
    assert "陈秀英" not in answer.content.decode()
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "Set-Cookie" not in answer.headers


def test_in_english_no_chinese_is_left(anonymous: Client):
    anonymous.cookies["django_language"] = "en"

    assert CHINESE.findall(anonymous.get("/app/").content.decode()) == ["中文"]
    assert CHINESE.findall(anonymous.get("/app/manifest.webmanifest").content.decode()) == []


def test_every_word_the_modules_ask_for_is_in_the_shell(anonymous: Client):
    shell = anonymous.get("/app/").content.decode()
    scripts = "".join(path.read_text() for path in modules())

    words = set(re.findall(r'\bword\("([\w-]+)"', scripts)) | set(re.findall(r'busy\([^"\n]+, "([\w-]+)"', scripts))
    templates = set(re.findall(r'\b(?:draw|drawAll|sheet|write)\("([\w-]+)"', scripts))

    assert words - set(re.findall(r'data-word="([\w-]+)"', shell)) == set()
    assert templates - set(re.findall(r'id="t-([\w-]+)"', shell)) == set()


def test_the_worker_keeps_every_file_and_changes_with_any_of_them(anonymous: Client, monkeypatch: pytest.MonkeyPatch):
    before = anonymous.get("/app/sw.js").content.decode()
    facts = json.loads(re.search(r"= (\{.*\});", before).group(1))

    assert facts["shell"] == "/app/"
    assert {"/app/manifest.webmanifest", "/static/mobile/app.js", "/static/config/tokens.css"} < set(facts["files"])
    assert all(finders.find(each.removeprefix("/static/")) for each in facts["files"] if "/static/" in each)
    assert anonymous.get("/app/sw.js").content.decode() == before

    monkeypatch.setattr(files, "SHARED", ("config/tokens.css",))
    assert anonymous.get("/app/sw.js").content.decode() != before


def test_the_worker_of_another_language_is_another_one(anonymous: Client):
    chinese = anonymous.get("/app/sw.js").content
    anonymous.cookies["django_language"] = "en"

    assert anonymous.get("/app/sw.js").content != chinese


def test_the_page_can_be_put_among_the_apps(anonymous: Client):
    answer = anonymous.get("/app/manifest.webmanifest")
    facts = json.loads(answer.content)

    assert answer.headers["Content-Type"] == "application/manifest+json"
    assert (facts["start_url"], facts["scope"], facts["display"]) == ("/app/", "/app/", "standalone")
    assert {each["sizes"] for each in facts["icons"]} == {"192x192", "512x512"}
    assert all(finders.find(each["src"].removeprefix("/static/")) for each in facts["icons"])


def test_in_production_the_modules_find_each_other_under_their_hashed_names(tmp_path: Path):
    shutil.copytree(files.ROOT / "mobile", tmp_path / "mobile")
    storage = HashedFiles(location=tmp_path)
    paths = {f"mobile/{path.name}": (storage, f"mobile/{path.name}") for path in (tmp_path / "mobile").iterdir()}
    list(storage.post_process(paths))

    for path in modules():
        kept = tmp_path / storage.stored_name(f"mobile/{path.name}")
        imported = IMPORTS.findall(kept.read_text())
        assert imported == [
            Path(storage.stored_name(f"mobile/{name}")).name for name in IMPORTS.findall(path.read_text())
        ]


def test_the_carers_first_page_leads_to_it():
    carer = make_carer()
    browser = Client()
    browser.force_login(carer.person.user)

    assert 'href="/app/"' in browser.get("/").content.decode()


def test_the_office_is_not_sent_to_it():
    browser = Client()
    browser.force_login(make_user("dispatcher", "dispatcher"))

    assert 'href="/app/"' not in browser.get("/").content.decode()


def modules() -> list[Path]:
    return sorted((files.ROOT / "mobile").glob("*.js"))
