"""What the admin calls the slice."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChatroomsConfig(AppConfig):
    name = "inbox.chatrooms"
    verbose_name = _("Chats")
