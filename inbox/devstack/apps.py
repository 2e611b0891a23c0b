from django.apps import AppConfig


class DevstackConfig(AppConfig):
    """Only for its management command; `inbox.checks` refuses it in production."""

    name = "inbox.devstack"
    label = "devstack"
