"""What an agent wrote and attached, as the messages that each channel carries: their order, their words, their number."""

from __future__ import annotations

import uuid

import pytest
from django.apps import apps
from pytest_django import Settings

from channels_adapters import registry
from channels_adapters.registry import adapter_for
from channels_adapters.types import ChannelKind, MessageKind
from channels_adapters.whatsapp.adapter import WhatsAppAdapter
from inbox.chatrooms.actions import Outgoing, OutgoingFile, SendAs, UnableToSend, files_among, parts_of
from inbox.chatrooms.outgoing_cards import card_of
from inbox.media.models import MediaFile

WHATSAPP, MESSENGER, INSTAGRAM, WECHAT = (
    ChannelKind.WHATSAPP,
    ChannelKind.MESSENGER,
    ChannelKind.INSTAGRAM,
    ChannelKind.WECHAT,
)


def file(
    name: str, mime_type: str, kind: str, way: SendAs = SendAs.FILE, *, size: int = 30_000, **details: object
) -> OutgoingFile:
    facts = {"size": size, "width": 512, "height": 512, "duration_ms": 3000 if kind in ("audio", "video") else None}
    return OutgoingFile(MediaFile(filename=name, mime_type=mime_type, kind=kind, details=details, **facts), way)


PHOTO = file("roses.jpg", "image/jpeg", "image", codecs=["RGB"])
STICKER = file("rose.webp", "image/webp", "image", SendAs.STICKER, codecs=["RGBA"])
SONG = file("song.mp3", "audio/mpeg", "audio", codecs=["mp3"], channels=2)
VOICE = file("voice.ogg", "audio/ogg", "audio", SendAs.VOICE, codecs=["opus"], channels=1)
FILM = file("shop.mp4", "video/mp4", "video", codecs=["h264", "aac"], channels=2)
PAPER = file("prices.pdf", "application/pdf", "document")
PLACE = card_of(MessageKind.LOCATION, {"position": "22.2819, 114.1582"})
KEN = card_of(MessageKind.CONTACTS, {"name": "Ken", "phone": "+852 2345 6789"})

LONG, INVISIBLE = "x" * 1025, "\u200b\u2060"


@pytest.mark.parametrize(
    ("channel", "text", "files", "messages"),
    [
        # Captions where the channel has them, for the kinds that have one, as long as they fit.
        (WHATSAPP, "Hi", [PHOTO], [("image", "Hi")]),
        (WHATSAPP, "Hi", [FILM], [("video", "Hi")]),
        (WHATSAPP, "Hi", [PAPER], [("document", "Hi")]),
        (WHATSAPP, LONG, [PHOTO], [("text", LONG), ("image", "")]),
        (MESSENGER, "Hi", [PHOTO], [("text", "Hi"), ("image", "")]),
        (INSTAGRAM, "Hi", [PHOTO], [("text", "Hi"), ("image", "")]),
        (WECHAT, "Hi", [PHOTO], [("text", "Hi"), ("image", "")]),
        # What has no caption anywhere: the text first, then the file.
        (WHATSAPP, "Hi", [SONG], [("text", "Hi"), ("audio", "")]),
        (WHATSAPP, "Hi", [VOICE], [("text", "Hi"), ("voice", "")]),
        (WHATSAPP, "Hi", [STICKER], [("text", "Hi"), ("sticker", "")]),
        (WECHAT, "Hi", [SONG], [("text", "Hi"), ("audio", "")]),
        (WHATSAPP, "Hi", [PLACE], [("text", "Hi"), ("location", "")]),
        (WHATSAPP, "Hi", [KEN], [("text", "Hi"), ("contacts", "")]),
        (WHATSAPP, "", [PLACE], [("location", "")]),
        (WHATSAPP, "Hi", [PHOTO, PLACE], [("text", "Hi"), ("image", ""), ("location", "")]),
        # Several files are several messages, in the order they were chosen.
        (WHATSAPP, "Hi", [PHOTO, PAPER, PHOTO], [("text", "Hi"), ("image", ""), ("document", ""), ("image", "")]),
        (WHATSAPP, "", [SONG, PHOTO], [("audio", ""), ("image", "")]),
        # A text that nobody sees is none.
        (WHATSAPP, INVISIBLE, [SONG], [("audio", "")]),
        (WHATSAPP, INVISIBLE, [PHOTO], [("image", "")]),
        (WHATSAPP, INVISIBLE, [PHOTO, SONG], [("image", ""), ("audio", "")]),
    ],
)
def test_a_text_and_files_become_messages_in_order(
    channel: ChannelKind, text: str, files: list[Outgoing], messages: list[tuple[str, str]]
) -> None:
    parts = parts_of(text, adapter_for(channel).capabilities, client_id=uuid.uuid4(), files=files)
    assert [(part.kind.value, part.text) for part in parts] == messages
    assert [part.file.file for part in parts if part.file] == files_among(files)


def test_answers_to_tap_stand_under_the_text_before_the_file() -> None:
    capabilities = adapter_for(WHATSAPP).capabilities
    question, photo = parts_of("This one?", capabilities, client_id=uuid.uuid4(), options=["Yes", "No"], files=[PHOTO])
    assert [option["title"] for option in question.details["options"]] == ["Yes", "No"]
    assert (question.text, photo.kind.value, photo.text) == ("This one?", "image", "")


@pytest.mark.parametrize(
    ("channel", "text", "files", "words"),
    [
        (WECHAT, "Hi", [PHOTO] * 5, "This would need 6 messages; WeChat allows 5 until the customer writes again."),
        (WHATSAPP, "Hi", [PHOTO] * 10, "This would need 11 messages; at most 10 go out at once."),
        (WECHAT, "Hi", [PHOTO, PAPER], "prices.pdf: This channel takes no documents."),
        (
            WECHAT,
            "Hi",
            [PLACE],
            "WeChat takes no locations. Write the address as a text, or the link of a map.",
        ),
        (
            MESSENGER,
            "Hi",
            [KEN],
            "Messenger takes no contact cards. Write the name and the number as a text.",
        ),
    ],
)
def test_what_cannot_leave_as_a_whole_is_refused_as_a_whole(
    channel: ChannelKind, text: str, files: list[Outgoing], words: str
) -> None:
    with pytest.raises(UnableToSend) as refusal:
        parts_of(text, adapter_for(channel).capabilities, client_id=uuid.uuid4(), files=files)
    assert str(refusal.value) == words


def test_an_installation_may_let_larger_documents_go_out(settings: Settings) -> None:
    large = file("catalogue.pdf", "application/pdf", "document", size=40 * 1024 * 1024)

    def parts() -> list[str]:
        capabilities = adapter_for(WHATSAPP).capabilities
        return [part.kind.value for part in parts_of("", capabilities, client_id=uuid.uuid4(), files=[large])]

    with pytest.raises(UnableToSend, match="this channel takes at most 16"):
        parts()
    settings.WHATSAPP_DOCUMENT_BYTES = 64 * 1024 * 1024
    try:
        apps.get_app_config("connections").ready()
        assert parts() == ["document"]
    finally:
        registry.use(WhatsAppAdapter())
