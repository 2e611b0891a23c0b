"""What the admin calls the slice."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MessageTemplatesConfig(AppConfig):
    name = "inbox.message_templates"
    verbose_name = _("Message templates")
