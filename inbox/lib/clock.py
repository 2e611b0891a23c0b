"""The one place that asks what time it is, so that tests can move it and policies can take it as an argument."""

from django.utils.timezone import now

__all__ = ["now"]
