"""Pages work on a county intranet: a real browser fetches nothing from another host."""

from urllib.parse import urlsplit

import pytest


@pytest.mark.parametrize("path", ["/login/", "/admin/login/", "/api/v1/docs/"])
def test_a_page_is_whole_without_the_internet(page, live_server, path):
    asked, broken = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("response", lambda response: broken.append(response.url) if response.status >= 400 else None)

    answer = page.goto(path, wait_until="networkidle")

    assert answer.status == 200
    here = urlsplit(live_server.url).netloc
    assert [url for url in asked if urlsplit(url).scheme != "data" and urlsplit(url).netloc != here] == []
    assert broken == []
