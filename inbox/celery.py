"""The Celery application. Tasks live in each slice's `tasks.py`; the timetable is in settings."""

import os

from celery import Celery
from celery.signals import task_postrun, worker_process_init
from django.db import close_old_connections

from inbox.lib.memory import settle

# Before the app exists: only with it does Celery make it the app of every thread, and not of this one alone.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inbox.settings")  # noqa: TID251 - where Django itself looks

app = Celery("inbox")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def _settle(**_: object) -> None:
    settle()


def _give_connection_back(**_: object) -> None:
    close_old_connections()


worker_process_init.connect(_settle)
task_postrun.connect(_give_connection_back)
