"""The Celery application. Tasks live in each slice's `tasks.py`; the timetable is in settings."""

from celery import Celery

app = Celery("inbox")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
