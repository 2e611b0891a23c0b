"""All settings, driven by the environment; the only module of the product that reads it.

The defaults suit development on one's own machine. `inbox.checks` refuses them in production (DEBUG off).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import django_stubs_ext
import environ
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _
from psycopg.conninfo import conninfo_to_dict

django_stubs_ext.monkeypatch()  # lets Django's classes be subscripted with types at run time

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()

DEBUG = env.bool("DEBUG", default=False)
_DEVELOPMENT_SECRET_KEY = "development-only-secret-key-of-fifty-characters-or-so!"  # noqa: S105 - not a secret
SECRET_KEY = env.str("SECRET_KEY", default=_DEVELOPMENT_SECRET_KEY)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000")
CSRF_TRUSTED_ORIGINS = [SITE_URL]

# Fernet keys for credentials at rest, newest first; older ones still decrypt.
_DEVELOPMENT_CREDENTIAL_KEY = "ZGV2ZWxvcG1lbnQtb25seS1rZXktMzItYnl0ZXMtbG8="
CREDENTIAL_KEYS = env.list("CREDENTIAL_KEYS", default=[_DEVELOPMENT_CREDENTIAL_KEY])

# `check --deploy` says more, but only when somebody runs it: these keys are published, so no process starts with them.
if not DEBUG and SITE_URL.startswith("https://"):
    if SECRET_KEY == _DEVELOPMENT_SECRET_KEY:
        raise ImproperlyConfigured("SECRET_KEY is the development key; set one of your own.")
    if _DEVELOPMENT_CREDENTIAL_KEY in CREDENTIAL_KEYS:
        raise ImproperlyConfigured("CREDENTIAL_KEYS holds the development key; set one of your own.")

INSTALLED_APPS = [
    "inbox.workspaces.apps.WorkspacesConfig",
    "inbox.media",
    "inbox.connections",
    "inbox.customers",
    "inbox.labels",
    "inbox.pricing",
    "inbox.message_templates",
    "inbox.faq",
    "inbox.chatrooms",
    "inbox.scheduling",
    "inbox.notes",
    "inbox.search",
    "inbox.notifications",
    "inbox.webhooks",
    "unfold.apps.BasicAppConfig",  # the default one replaces our admin site by its own
    "inbox.workspaces.apps.WorkspaceAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
    "lucide",
]
SIMULATOR_URL = env.str("SIMULATOR_URL", default="")
if SIMULATOR_URL:
    INSTALLED_APPS.append("inbox.devstack")

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "inbox.urls"
ASGI_APPLICATION = "inbox.asgi.application"
WSGI_APPLICATION = "inbox.asgi.pages"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "libraries": {"icons": "inbox.lib.templatetags.icons"},
        },
    }
]


# --- PostgreSQL and Redis ---------------------------------------------------------------------------


# A page waits at most this long for a connection, so that a database restart shows as an error page. The pool gives up when
# they do, and tries again for the next one: else its pauses double as long as the database is away.
_POOL = {"min_size": 1, "max_size": env.int("DATABASE_POOL_SIZE", default=10), "timeout": 3, "reconnect_timeout": 3}


def _database(url: str) -> dict[str, Any]:
    """Turn a libpq URL into Django's terms; what Django has no word for goes to libpq unchanged."""
    parts: dict[str, Any] = dict(conninfo_to_dict(url))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", ""),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            **parts,
            "pool": _POOL,
        },
    }


DATABASE_URL = env.str("DATABASE_URL", default="postgresql://switchboard@127.0.0.1:5432/switchboard")
DATABASES = {"default": _database(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
CACHES = {"default": {"BACKEND": "inbox.lib.cache.ForgivingRedisCache", "LOCATION": REDIS_URL}}
# Pub/sub knows no Redis databases: installations that share a server need different prefixes.
CHANNEL_PREFIX = env.str("CHANNEL_PREFIX", default="switchboard")

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 300
# A page does not wait for a broker that is down: its wake-up is given up at once, and the sweep does the work.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 900, "max_retries": 0, "socket_connect_timeout": 2}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Celery would tear down the connection pool after every task; `inbox.celery` gives the connection back to it instead.
CELERY_DB_REUSE_MAX = 2**62
CELERY_TIMEZONE = "UTC"
CELERY_TASK_DEFAULT_QUEUE = "slow"
CELERY_TASK_ROUTES = {
    "inbox.webhooks.tasks.process_webhook_events": {"queue": "inbound"},
    "inbox.chatrooms.tasks.dispatch_outbox": {"queue": "outbound"},
    "inbox.chatrooms.tasks.mark_read_at_vendor": {"queue": "outbound"},
    "inbox.chatrooms.tasks.settle_attachment": {"queue": "media"},
    "inbox.chatrooms.tasks.send_reaction": {"queue": "outbound"},
    "inbox.chatrooms.tasks.show_typing": {"queue": "outbound"},
    "inbox.chatrooms.tasks.take_control": {"queue": "outbound"},
    "inbox.media.tasks.*": {"queue": "media"},
    "inbox.chatrooms.tasks.purge_old_files": {"queue": "media"},
    "inbox.chatrooms.tasks.announce_labels": {"queue": "inbound"},  # people wait for it
    "inbox.chatrooms.tasks.assign_chats": {"queue": "inbound"},
    "inbox.scheduling.tasks.send_due": {"queue": "inbound"},  # short, and not to wait behind a long send
    "inbox.notifications.tasks.notify_changes": {"queue": "inbound"},  # short, and people wait for it
    "inbox.notifications.tasks.push_due": {"queue": "outbound"},
}


def _each(seconds: float, task: str) -> dict[str, Any]:
    """A late sweep is worthless once the next one is due: `expires` keeps them from piling up behind a stopped worker."""
    return {"task": task, "schedule": seconds, "options": {"expires": seconds}}


CELERY_BEAT_SCHEDULE = {
    "sweep-previews": _each(60.0, "inbox.media.tasks.sweep_previews"),
    "sweep-webhook-events": _each(3.0, "inbox.webhooks.tasks.process_webhook_events"),
    "sweep-outbox": _each(3.0, "inbox.chatrooms.tasks.dispatch_outbox"),
    "send-scheduled": _each(1.0, "inbox.scheduling.tasks.send_due"),
    "sweep-held-answers": _each(60.0, "inbox.chatrooms.tasks.sweep_held_answers"),
    "assign-chats": _each(10.0, "inbox.chatrooms.tasks.assign_chats"),
    "wake-attachments": _each(10.0, "inbox.chatrooms.tasks.wake_attachments"),
    "settle-lost-sends": _each(10.0, "inbox.chatrooms.tasks.settle_lost_sends"),
    "put-search-in-order": _each(10.0, "inbox.search.tasks.put_in_order"),
    "notify-members": _each(1.0, "inbox.notifications.tasks.notify_changes"),
    "push-notifications": _each(10.0, "inbox.notifications.tasks.push_due"),
    "mail-notifications": _each(60.0, "inbox.notifications.tasks.mail_due"),
    "purge-notifications": {"task": "inbox.notifications.tasks.purge_notifications", "schedule": 3600.0},
    "purge-deleted-labels": _each(60.0, "inbox.labels.tasks.purge_deleted_labels"),
    "purge-files": {"task": "inbox.chatrooms.tasks.purge_old_files", "schedule": 3600.0},
    "purge-old-rows": {"task": "inbox.chatrooms.tasks.purge_old_changes", "schedule": 3600.0},
    "purge-webhook-events": {"task": "inbox.webhooks.tasks.purge_webhook_events", "schedule": 3600.0},
    "check-connections": _each(60.0, "inbox.connections.tasks.check_due_connections"),
    "sync-templates": _each(20.0, "inbox.message_templates.tasks.sync_due_templates"),
    "price-charges": _each(600.0, "inbox.pricing.tasks.price_charges"),
    "renew-tokens": {"task": "inbox.connections.tasks.renew_tokens", "schedule": 21600.0},
    "purge-calls-and-notices": {"task": "inbox.connections.tasks.purge_calls_and_notices", "schedule": 3600.0},
}

# --- people and sessions ----------------------------------------------------------------------------

AUTH_USER_MODEL = "workspaces.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "inbox.workspaces.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "inbox.workspaces.forms.SignupForm"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Switchboard] "
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if SITE_URL.startswith("https") else "http"
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "inbox.workspaces.views.csrf_failure"

EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Switchboard <hello@localhost>")

# --- the web ----------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_MANIFEST = env.bool("STATICFILES_MANIFEST", default=not DEBUG)
# Files of messages: in this folder, or in a bucket of an S3-compatible store.
MEDIA_ROOT = env.str("MEDIA_ROOT", default=str(BASE_DIR / "media"))
MEDIA_BUCKET = env.str("MEDIA_BUCKET", default="")
MEDIA_BUCKET_URL = env.str("MEDIA_BUCKET_URL", default="")  # of the store; empty for Amazon's


def _media_storage() -> dict[str, Any]:
    if not MEDIA_BUCKET:
        options: dict[str, Any] = {"location": MEDIA_ROOT, "allow_overwrite": True}
        options |= {"file_permissions_mode": 0o600, "directory_permissions_mode": 0o700}
        return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}
    options = {
        "bucket_name": MEDIA_BUCKET,
        "endpoint_url": MEDIA_BUCKET_URL or None,
        "region_name": env.str("MEDIA_BUCKET_REGION", default="us-east-1"),
        "access_key": env.str("MEDIA_BUCKET_KEY", default="") or None,
        "secret_key": env.str("MEDIA_BUCKET_SECRET", default="") or None,
        "signature_version": "s3v4",
        "querystring_auth": True,
        "querystring_expire": 300,
        "default_acl": None,
        "file_overwrite": True,
        "max_memory_size": 1024 * 1024,  # what is read goes through a file, not through memory
    }
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}


STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "inbox.lib.static.ManifestStorage"
        if STATICFILES_MANIFEST
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
    "media": _media_storage(),
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = not STATICFILES_MANIFEST

HTTPS = SITE_URL.startswith("https")
SECURE_SSL_REDIRECT = HTTPS and env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
# Behind https there is always a proxy, because daphne speaks plain HTTP here; nobody else may set this header.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
_ORIGIN = "'self'"
# A download from a bucket is a redirect to it, which this policy covers too.
_MEDIA_SOURCES = [MEDIA_BUCKET_URL or "https://*.amazonaws.com"] if MEDIA_BUCKET else []
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ("/admin/",),
    "DIRECTIVES": {
        "default-src": [_ORIGIN],
        "img-src": [_ORIGIN, "data:", *_MEDIA_SOURCES],
        "media-src": [_ORIGIN, *_MEDIA_SOURCES],
        "object-src": ["'none'"],
        "base-uri": [_ORIGIN],
        "frame-ancestors": ["'none'"],
        "form-action": [_ORIGIN],
    },
}

UNFOLD = {
    "SITE_TITLE": "Switchboard",
    "SITE_HEADER": "Switchboard",
    "SITE_URL": "/",
    "SITE_ICON": lambda request: static("img/icon.svg"),
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("img/icon.svg")}],
    "COLORS": {
        "primary": {
            "50": "240 253 250",
            "100": "204 251 241",
            "200": "153 246 228",
            "300": "94 234 212",
            "400": "45 212 191",
            "500": "20 184 166",
            "600": "15 118 110",
            "700": "17 94 89",
            "800": "19 78 74",
            "900": "14 62 59",
            "950": "4 47 46",
        }
    },
}

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hant", _("Traditional Chinese")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]

# How many pages one web process makes at once. Each needs a database connection.
WEB_THREADS = env.int("WEB_THREADS", default=8)
# The largest form a page takes; one with files may have MEDIA_MAX_BYTES on top.
PAGE_MAX_BYTES = env.int("PAGE_MAX_BYTES", default=5 * 1024 * 1024)

# --- files of messages ------------------------------------------------------------------------------

# The largest file that is kept.
MEDIA_MAX_BYTES = env.int("MEDIA_MAX_BYTES", default=100 * 1024 * 1024)
# What is opened at most: above it, a picture or film is a document that nobody looks into.
MEDIA_MAX_PIXELS = env.int("MEDIA_MAX_PIXELS", default=50_000_000)
MEDIA_MAX_SECONDS = env.int("MEDIA_MAX_SECONDS", default=2 * 60 * 60)
# What one conversion may use, in its own process: memory, and seconds of a processor.
MEDIA_CONVERTER_MEMORY = env.int("MEDIA_CONVERTER_MEMORY", default=1024 * 1024 * 1024)
MEDIA_CONVERTER_SECONDS = env.int("MEDIA_CONVERTER_SECONDS", default=180)
# The largest document that goes out on WhatsApp, which takes 100 MB.
WHATSAPP_DOCUMENT_BYTES = env.int("WHATSAPP_DOCUMENT_BYTES", default=16 * 1024 * 1024)
# How long a vendor may take to hand over a file, or to take one.
MEDIA_TIMEOUT_SECONDS = env.float("MEDIA_TIMEOUT_SECONDS", default=60.0)
# host:port of a ClamAV daemon that looks at every file before it is kept; empty for none.
CLAMAV_ADDRESS = env.str("CLAMAV_ADDRESS", default="")
CLAMAV_SECONDS = env.float("CLAMAV_SECONDS", default=30.0)

# The push services of the browsers' makers. Nothing is ever sent to another address that a browser gives.
PUSH_SERVICES = env.list(
    "PUSH_SERVICES",
    default=[
        "https://fcm.googleapis.com",
        "https://updates.push.services.mozilla.com",
        "https://*.push.apple.com",
        "https://*.notify.windows.com",
    ],
)

# --- vendors ----------------------------------------------------------------------------------------

VENDOR_API_URL = env.str("VENDOR_API_URL", default=SIMULATOR_URL)
GRAPH_API_VERSION = env.str("GRAPH_API_VERSION", default="v25.0")
WEBHOOK_MAX_BYTES = 4 * 1024 * 1024
# Costs a round trip a webhook. Without it a restart of PostgreSQL shows as a few 503s, which vendors deliver again.
WEBHOOK_CHECK_CONNECTIONS = env.bool("WEBHOOK_CHECK_CONNECTIONS", default=False)
WEBHOOK_RETENTION_DAYS = env.int("WEBHOOK_RETENTION_DAYS", default=30)
API_CALL_RETENTION_DAYS = env.int("API_CALL_RETENTION_DAYS", default=7)
# How long a send whose outcome we do not know waits for the vendor's receipt before an agent is asked.
UNKNOWN_SEND_GRACE_SECONDS = env.int("UNKNOWN_SEND_GRACE_SECONDS", default=60)
# How long one dispatcher may hold a claimed message. Longer than every time-out of one request together.
OUTBOX_LEASE_SECONDS = env.int("OUTBOX_LEASE_SECONDS", default=60)
# How late a scheduled message may still go out by itself, after an outage; later, people are asked.
SCHEDULE_GRACE_SECONDS = env.int("SCHEDULE_GRACE_SECONDS", default=900)
# How long a message may wait for its template, which the vendor looks at again after an edit; later, people are asked.
TEMPLATE_REVIEW_SECONDS = env.int("TEMPLATE_REVIEW_SECONDS", default=24 * 60 * 60)
VENDOR_TIMEOUT_SECONDS = env.float("VENDOR_TIMEOUT_SECONDS", default=10.0)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s", "datefmt": "%H:%M:%S"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {"httpx": {"level": "WARNING"}, "celery": {"level": "WARNING"}, "daphne": {"level": "WARNING"}},
}
