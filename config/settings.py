"""Settings, from the environment only. Without any variable this is a development set-up on SQLite.

`docker/.env.example` lists and explains every variable.
"""

import logging
from importlib.util import find_spec
from pathlib import Path

import environ
import structlog
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

from config.logs import drop_answered_polls
from people.masking import mask_event

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"
VAR_DIR.mkdir(exist_ok=True)

env = environ.Env()

# A development set-up brings its own keys. Embedded, it shows users the product's error pages, not Django's.
DEVELOPMENT = env.bool("DEBUG", default=True)
DEBUG = DEVELOPMENT and not env.bool("EMBEDDED", default=False)

if DEVELOPMENT:
    _DEVELOPMENT_KEY = "development-only-not-a-secret-0123456789-abcdefghijklmnopqrstuvwxyz"
    SECRET_KEY = env.str("SECRET_KEY", default=_DEVELOPMENT_KEY)
    SALT_KEY = env.list("FIELD_KEYS", default=["development-only-field-key"])
    BLIND_INDEX_KEY = env.str("BLIND_INDEX_KEY", default="development-only-index-key")
    ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["*"])
else:
    SECRET_KEY = env.str("SECRET_KEY")
    SALT_KEY = env.list("FIELD_KEYS")
    BLIND_INDEX_KEY = env.str("BLIND_INDEX_KEY")
    ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")
    if len({SECRET_KEY, *SALT_KEY, BLIND_INDEX_KEY}) < 2 + len(SALT_KEY) or not all(SALT_KEY) or not BLIND_INDEX_KEY:
        raise ImproperlyConfigured("SECRET_KEY, FIELD_KEYS and BLIND_INDEX_KEY must all be set and differ.")

SIMULATED_CLOCK_FILE = env.str("SIMULATED_CLOCK_FILE", default="") if DEVELOPMENT else ""

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
    "knox",
    "axes",
    "django_celery_beat",
    "django_htmx",
    "django_structlog",
    "people",
    "orders",
    "volunteers",
    "volunteers.timebank",
    "dispatch.visits",
    "dispatch.confirmations",
    "dispatch.notices",
    "dispatch.offers",
    "dispatch.planning",
    "dispatch.counts",
    "dispatch.urgent",
    "dispatch.console",
    "dispatch.mobile",
    "dispatch.intake",
    "dispatch.home",
    "dispatch.demo",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "people.api.conditional.ConditionalApi",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "config.errors.DomainErrorMiddleware",
    "config.errors.UnreadableMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "DIRS": [BASE_DIR / "config" / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.navigation",
            ],
        },
    },
]

# Database -----------------------------------------------------------------------------------------------------------

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'db.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE: writers queue for the lock instead of failing half way (measured: 16 of 16 threads succeed).
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 60,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # A county's rows lie in memory or on a solid disk, where a row found by its index costs as much as the next one of a
    # table. By PostgreSQL's default of 4, meant for turning disks, whole tables were read while a caller waited.
    # What the address itself says (?options=…) comes later, and counts.
    _options = DATABASES["default"].setdefault("OPTIONS", {})
    _options["options"] = f"-c random_page_cost=1.1 {_options.get('options', '')}".rstrip()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Users --------------------------------------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
SESSION_ENGINE = "config.sessions"
SESSION_COOKIE_AGE = env.int("SESSION_SECONDS", default=8 * 3600)
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.5  # hours
AXES_LOCKOUT_PARAMETERS = ["username", ["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "people.lockout.locked_out"

# Language and time --------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]

# Static files: every one comes from an installed package or from an app of ours -----------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
_leaflet = find_spec("leaflet")
if _leaflet is None or _leaflet.origin is None:
    raise ImproperlyConfigured("django-leaflet is not installed; run `make install`.")
# Only the files: the app itself would import django.contrib.gis, which needs GDAL.
STATICFILES_DIRS = [BASE_DIR / "config" / "static", Path(_leaflet.origin).parent / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEVELOPMENT
        else "config.storage.HashedFiles"
    },
}
WHITENOISE_USE_FINDERS = DEVELOPMENT

# Security -----------------------------------------------------------------------------------------------------------

if not DEVELOPMENT:
    CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

# API ----------------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "knox.auth.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_SCHEMA_CLASS": "people.api.schema.Schema",
    "EXCEPTION_HANDLER": "config.errors.exception_handler",
    "DEFAULT_PAGINATION_CLASS": "people.pagination.Cursor",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["config.parsers.PatientJSONParser"],
    # Whose address a limit is about: what so many proxies wrote into X-Forwarded-For, never what a client writes there.
    "NUM_PROXIES": env.int("NUM_PROXIES", default=0),
    # Each web process counts by itself, in its memory: a limit must not fail with the broker, nor cost a query.
    "DEFAULT_THROTTLE_CLASSES": ["people.api.limits.ReadLimit", "people.api.limits.WriteLimit"],
    "DEFAULT_THROTTLE_RATES": {
        "login": "20/min",
        # Of one user: a phone that comes back from a week without signal sends some sixty events at once.
        "read": env.str("API_READ_RATE", default="600/min"),
        "write": env.str("API_WRITE_RATE", default="240/min"),
        "cti": env.str("CTI_RATE", default="1200/min"),
        "cti_forged": "20/min",
    },
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Home-care dispatch",
    "DESCRIPTION": "Offers, visits and evidence for carers and organisation managers.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "POSTPROCESSING_HOOKS": ["drf_standardized_errors.openapi_hooks.postprocess_schema_enums"],
    "ENUM_NAME_OVERRIDES": {
        "ValidationErrorEnum": "drf_standardized_errors.openapi_serializers.ValidationErrorEnum.choices",
        "ClientErrorEnum": "drf_standardized_errors.openapi_serializers.ClientErrorEnum.choices",
        "ServerErrorEnum": "drf_standardized_errors.openapi_serializers.ServerErrorEnum.choices",
        "CallStatusEnum": "orders.models.CallRecord.Status",
        "VisitStatusEnum": "orders.models.Visit.Status",
        "AssignmentStatusEnum": "dispatch.visits.models.Assignment.Status",
        "OfferStatusEnum": "dispatch.offers.models.Offer.Status",
        "OfferKindEnum": "dispatch.offers.models.Offer.Kind",
        "NoticeKindEnum": "dispatch.notices.models.Notice.Kind",
        "CheckKindEnum": "dispatch.visits.models.CheckEvent.Kind",
        "TransferKindEnum": "volunteers.timebank.models.Transfer.Kind",
        "DeclineReasonEnum": "dispatch.offers.models.Offer.DeclineReason",
        "CorrectionReasonEnum": "dispatch.visits.models.Correction.Reason",
        "AbsenceReasonEnum": "volunteers.models.Absence.Reason",
    },
}
KNOX_TOKEN_MODEL = "knox.AuthToken"
REST_KNOX = {"TOKEN_TTL": None, "AUTO_REFRESH": False, "AUTH_HEADER_PREFIX": "Token"}

# Phones -------------------------------------------------------------------------------------------------------------

LOCAL_AREA_CODE = env.str("LOCAL_AREA_CODE", default="0517")
# In the address at which the exchange reports its calls, /api/v1/cti/<token>/; no token, no reports.
CTI_TOKENS = env.list("CTI_TOKENS", default=["development-only-exchange"] if DEVELOPMENT else [])

# Confirmations: who carries them out of the house; the default keeps them on a page of the records ----------------------

CONFIRMATION_PROVIDER = env.str("CONFIRMATION_PROVIDER", default="dispatch.confirmations.providers.OnPage")

# Notices to carers: a class for each channel, the best first; whoever has none of them reads them in the app ----------------

NOTICE_PROVIDERS = env.dict("NOTICE_PROVIDERS", default={"PUSH": "dispatch.notices.web_push.WebPush"})
# Web push (RFC 8292): without both nobody can subscribe. The contact is a mailto: or https: address for the push services.
VAPID_PRIVATE_KEY = env.str("VAPID_PRIVATE_KEY", default="")
VAPID_CONTACT = env.str("VAPID_CONTACT", default="")
# The hosts that a phone may name, so that nobody makes the server call into the house; a leading dot: all below it.
PUSH_HOSTS = env.list(
    "PUSH_HOSTS",
    default=["fcm.googleapis.com", "updates.push.services.mozilla.com", ".push.apple.com", ".notify.windows.com"],
)

# Tasks --------------------------------------------------------------------------------------------------------------

REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TIMEZONE = TIME_ZONE
# How work survives a dead worker; docs/mechanisms/outbox.md says why each value is what it is.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 840,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "unacked_mutex_expire": 10,
    # A request sends after its commit, once: a broker that is away must not keep a person waiting.
    "max_retries": 0,
    "socket_connect_timeout": 1,
    "socket_timeout": 3,
    "health_check_interval": 30,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"

# Travel times: empty means great-circle × detour factor ---------------------------------------------------------------

ROUTING_SERVICE = env.str("ROUTING_SERVICE", default="")  # "osrm" or "valhalla"
ROUTING_URL = env.str("ROUTING_URL", default="")
MAP_TILES_URL = env.str("MAP_TILES_URL", default="")

# Logs: JSON lines, personal numbers masked ------------------------------------------------------------------------------

LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
_LOG_STEPS: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.TimeStamper(fmt="iso"),
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.format_exc_info,
]
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        drop_answered_polls,
        *_LOG_STEPS,
        mask_event,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG  # the line at a request's end says all that the one before did
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": structlog.processors.JSONRenderer(ensure_ascii=False),
            "foreign_pre_chain": [*_LOG_STEPS, structlog.stdlib.ExtraAdder(), mask_event],
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {"axes": {"level": "WARNING"}},
}

# Admin --------------------------------------------------------------------------------------------------------------

UNFOLD = {
    "SITE_TITLE": _("Home-care dispatch"),
    "SITE_HEADER": _("Home-care dispatch"),
    "SITE_SYMBOL": "home_health",
    "SITE_DROPDOWN": "dispatch.intake.links.admin_links",
    "SHOW_LANGUAGES": True,
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "STYLES": [lambda _request: static("config/admin.css")],
    "SCRIPTS": [lambda _request: static("config/admin.js")],
    # The quiet teal of config/static/config/tokens.css, from lightest to darkest.
    "COLORS": {
        "primary": {
            "50": "oklch(97.5% .012 194)",
            "100": "oklch(94% .025 194)",
            "200": "oklch(88% .045 194)",
            "300": "oklch(79% .07 194)",
            "400": "oklch(68% .085 194)",
            "500": "oklch(57% .085 194)",
            "600": "oklch(49% .078 194)",
            "700": "oklch(43% .068 194)",
            "800": "oklch(37% .056 194)",
            "900": "oklch(32% .046 194)",
            "950": "oklch(24% .034 194)",
        },
    },
    "SIDEBAR": {"show_search": True, "show_all_applications": True},
}

# Every process that has settings has our Celery app as its current one; no app of ours then imports config.
import config.celery  # noqa: E402, F401
