"""Pages that say no, in the product's dress and in Chinese."""

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from people.roles import Role
from tests.cast import make_user


def test_a_page_that_does_not_exist(client, db) -> None:
    answer = client.get("/nowhere/")

    assert answer.status_code == 404
    assert "<h1>没有找到</h1>" in answer.content.decode()


def test_a_page_that_is_not_allowed(as_user, monkeypatch) -> None:
    def refuse(*_):
        raise PermissionDenied

    monkeypatch.setattr("dispatch.home.page.roles_of", refuse)

    answer = as_user(make_user("op", Role.OPERATOR)).get("/")

    assert answer.status_code == 403
    assert "<h1>没有权限</h1>" in answer.content.decode()


def test_a_fault_of_ours(as_user, monkeypatch) -> None:
    monkeypatch.setattr("dispatch.home.page.roles_of", lambda _: 1 / 0)
    client = as_user(make_user("op", Role.OPERATOR))
    client.raise_request_exception = False

    answer = client.get("/")

    assert answer.status_code == 500
    assert "<h1>出错了</h1>" in answer.content.decode()


def test_a_form_of_an_old_page(db) -> None:
    answer = Client(enforce_csrf_checks=True).post("/login/", {"username": "x", "password": "y"})

    assert answer.status_code == 403
    assert "<h1>页面已过期</h1>" in answer.content.decode()


@pytest.mark.parametrize(("language", "words"), [("zh-hans", "登录"), ("en", "Log in")])
def test_the_login_speaks_both_languages(client, db, language: str, words: str) -> None:
    client.post("/i18n/setlang/", {"language": language})

    assert f"<h1>{words}</h1>" in client.get("/login/").content.decode()


def test_a_wrong_password_keeps_the_name(client, db) -> None:
    answer = client.post("/login/", {"username": "op", "password": "wrong"})

    assert "用户名或口令不对" in answer.content.decode()
    assert 'value="op"' in answer.content.decode()
