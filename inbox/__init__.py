"""Switchboard: the Django project package and the core slices of the product."""

from inbox.celery import app as celery_app

__all__ = ["celery_app"]
