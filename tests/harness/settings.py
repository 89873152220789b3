"""The product's settings, with what only a test run needs changed. The Celery worker of a test uses them too."""

import os
from pathlib import Path

from config.settings import *  # noqa: F403
from config.settings import CELERY_BROKER_TRANSPORT_OPTIONS, DATABASES
from config.settings import LOGGING as _LOGGING

# Quick to compute; the real hasher takes a tenth of a second for each user.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, so that a Celery worker and a live server's threads see the same rows.
    DATABASES["default"]["TEST"] = {"NAME": str(Path(os.environ["TEST_RUN_DIR"]) / "test.sqlite3")}

# A worker that a test kills on purpose leaves messages that the next one must find soon.
if "TEST_VISIBILITY_SECONDS" in os.environ:
    CELERY_BROKER_TRANSPORT_OPTIONS |= {
        "visibility_timeout": int(os.environ["TEST_VISIBILITY_SECONDS"]),
        "unacked_restore_interval": 1,
        "unacked_restore_throttle": 1,
    }

# Static files are looked for when one is asked for: every `Client()` would list all of them anew.
WHITENOISE_AUTOREFRESH = True

LOGGING = _LOGGING | {"root": {"handlers": ["console"], "level": "WARNING"}}
