"""What the admin calls the slice."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MediaConfig(AppConfig):
    name = "inbox.media"
    verbose_name = _("Files")
