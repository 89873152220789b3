"""The sessions of Django's database engine, whatever a browser sends as its session's key."""

from django.contrib.sessions.backends import db


class SessionStore(db.SessionStore):
    """A key with a NUL is no session's: a quoted cookie can say one, and PostgreSQL refuses to look it up."""

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(None if "\0" in (session_key or "") else session_key)
