"""A login that is there already: a page for whoever the test is not about logging in."""

from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import BrowserContext


def sign_in(context: BrowserContext, address: str, user: User) -> None:
    """The browser holds a session of this user, and of nobody else, at a live server's address."""
    client = Client()
    client.force_login(user)
    context.clear_cookies()
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": address}])
