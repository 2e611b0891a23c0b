"""The slice's configuration: adapters get what an installation has settled."""

from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from channels_adapters import registry
from channels_adapters.whatsapp.adapter import WhatsAppAdapter


class ConnectionsConfig(AppConfig):
    name = "inbox.connections"
    verbose_name = _("Connections")

    def ready(self) -> None:
        registry.use(WhatsAppAdapter(document_bytes=settings.WHATSAPP_DOCUMENT_BYTES))
