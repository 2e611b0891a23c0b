"""What the admin calls the slice."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FaqConfig(AppConfig):
    name = "inbox.faq"
    verbose_name = _("FAQ")
