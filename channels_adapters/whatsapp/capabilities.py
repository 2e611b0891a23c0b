"""What WhatsApp can do, as data: kinds, limits, files, the reply window and the inputs of the connection form."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from channels_adapters.meta.credentials import APP_CREDENTIALS
from channels_adapters.types import (
    AfterWindow,
    Capabilities,
    ChannelKind,
    CredentialField,
    DeliveryStatus,
    MediaRule,
    MessageKind,
    OptionLimits,
    RateLimit,
    ReplyPolicy,
    TextMarks,
    TextUnit,
)

MEGABYTE = 1024 * 1024

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
# What people are promised, and what the vendor takes.
DOCUMENT_BYTES, MOST_DOCUMENT_BYTES = 16 * MEGABYTE, 100 * MEGABYTE
CAPTIONED = frozenset({MessageKind.IMAGE, MessageKind.VIDEO, MessageKind.DOCUMENT})

# Three or fewer options become buttons, whose titles are shorter than those of a list's rows.
OPTIONS = OptionLimits(count=10, title=20, text=1024)

# The vendor lists plain text, a few office formats and PDF, and refuses the upload of any other type: these are text too.
_TEXTS = frozenset({"text/csv", "text/calendar", "text/vcard", "text/xml", "application/json"})
_SOUNDS = frozenset({"mp3", "aac", "amr_nb", "opus"})

# "Supported media types". Browsers record webm: it must become ogg before it is sent.
MEDIA = {
    MessageKind.IMAGE: MediaRule(("image/jpeg", "image/png"), 5 * MEGABYTE),
    MessageKind.VIDEO: MediaRule(("video/mp4", "video/3gpp"), 16 * MEGABYTE, codecs=frozenset({"h264", "aac"})),
    MessageKind.AUDIO: MediaRule(
        ("audio/mpeg", "audio/mp4", "audio/aac", "audio/amr", "audio/ogg"),
        16 * MEGABYTE,
        codecs=_SOUNDS,
        mono_codecs=frozenset({"opus"}),
    ),
    # A longer recording arrives too, as a file without the player of a voice message.
    MessageKind.VOICE: MediaRule(("audio/ogg",), 512 * 1024, codecs=frozenset({"opus"}), mono=True),
    MessageKind.STICKER: MediaRule(("image/webp",), 100 * 1024, max_side=512, max_animated_bytes=500 * 1024),
    MessageKind.DOCUMENT: MediaRule(
        (
            "application/pdf",
            "text/plain",
            "application/msword",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "application/vnd.ms-excel",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "application/vnd.ms-powerpoint",
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            *sorted(_TEXTS),
        ),
        DOCUMENT_BYTES,
        as_text=_TEXTS,
    ),
}

CAPABILITIES = Capabilities(
    kind=ChannelKind.WHATSAPP,
    label="WhatsApp",
    own_app="WhatsApp Business app",
    sends=frozenset({MessageKind.TEXT, MessageKind.LOCATION, MessageKind.CONTACTS, MessageKind.TEMPLATE, *MEDIA}),
    text_limit=TEXT_LIMIT,
    text_unit=TextUnit.CHARACTERS,
    text_marks=TextMarks(bold="*", italic="_", strike="~", mono="```"),
    caption_limit=CAPTION_LIMIT,
    captioned=CAPTIONED,
    can_reply=True,
    has_templates=True,
    can_mark_read=True,
    typing_seconds=25,
    reactions=(),
    options=OPTIONS,
    receipts=frozenset(
        {
            DeliveryStatus.SENT,
            DeliveryStatus.DELIVERED,
            DeliveryStatus.READ,
            DeliveryStatus.PLAYED,
            DeliveryStatus.FAILED,
        }
    ),
    reply_policy=ReplyPolicy(window=timedelta(hours=24), after=AfterWindow.TEMPLATE),
    bills_messages=True,
    media=MEDIA,
    # "Throughput": 80 messages per second and number, raised by the vendor on its own; coexistence numbers have 20.
    account_rate=RateLimit(count=80, seconds=1),
    # "Pair rate limits": one message per 6 seconds and customer. A burst of up to 45 is allowed but borrowed: it uses
    # up the following 45 times 6 seconds. A bucket of 45 per 270 s is both rules at once.
    recipient_rate=RateLimit(count=45, seconds=270),
    app_label="Meta app",
    app_credentials=APP_CREDENTIALS,
    account_credentials=(
        CredentialField(
            "phone_number_id",
            "Phone number ID",
            "In the Meta app dashboard: WhatsApp, API setup. Not the phone number itself.",
        ),
        CredentialField("waba_id", "WhatsApp Business account ID", "In the Meta app dashboard: WhatsApp, API setup."),
        CredentialField(
            "access_token",
            "Access token",
            "A system user's token with whatsapp_business_messaging and whatsapp_business_management.",
            secret=True,
        ),
    ),
    account_id_field="phone_number_id",
    business_id_field="waba_id",
)


def capabilities_with(document_bytes: int) -> Capabilities:
    """Return them for documents of up to this size. Raises ValueError for one that the vendor does not take."""
    if not 0 < document_bytes <= MOST_DOCUMENT_BYTES:
        raise ValueError(f"WhatsApp takes documents of 1 to {MOST_DOCUMENT_BYTES} bytes, not of {document_bytes}.")
    documents = replace(MEDIA[MessageKind.DOCUMENT], max_bytes=document_bytes)
    return replace(CAPABILITIES, media={**MEDIA, MessageKind.DOCUMENT: documents})
