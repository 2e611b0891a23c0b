"""What files a channel takes, as the composer's help shows it: made of the same rules that decide."""

from __future__ import annotations

from dataclasses import dataclass

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from channels_adapters.types import ANY_TYPE, Capabilities, MediaRule, MessageKind
from inbox.media.filetypes import label_of

from ..models import Chatroom
from .words import kind_label

# As FFmpeg names them, and as people do.
_CODECS = {"h264": "H.264", "mp3": "MP3", "aac": "AAC", "amr_nb": "AMR", "opus": "Opus"}


@dataclass(frozen=True)
class FileRule:
    """One line of the table."""

    kind: str
    icon: str
    types: str
    size: str
    limits: str  # "H.264 and AAC inside, up to 60 seconds"
    has_caption: bool


@dataclass(frozen=True)
class FileRules:
    """`chatrooms/_file_rules.html`."""

    channel_label: str
    rules: tuple[FileRule, ...]
    quota: int | None
    room_url: str


def file_rules(room: Chatroom, *, slug: str) -> FileRules:
    """Needs connection loaded."""
    capabilities = room.connection.adapter.capabilities
    return FileRules(
        channel_label=capabilities.label,
        rules=rules_of(capabilities),
        quota=capabilities.reply_policy.messages,
        room_url=reverse("chatrooms:room", args=[slug, room.pk]),
    )


def rules_of(capabilities: Capabilities) -> tuple[FileRule, ...]:
    return tuple(
        FileRule(
            kind=kind_label(kind),
            icon=kind.value,
            types=_types(rule),
            size=_size(rule),
            limits=", ".join([*_inside(kind, rule), *_limits(rule)]),
            has_caption=capabilities.caption_limit > 0 and kind in capabilities.captioned,
        )
        for kind, rule in capabilities.media.items()
    )


def _types(rule: MediaRule) -> str:
    if ANY_TYPE in rule.mime_types:
        return _("any")
    return ", ".join(dict.fromkeys(label_of(mime_type) for mime_type in rule.mime_types))


def _size(rule: MediaRule) -> str:
    if rule.max_animated_bytes is None:
        return filesizeformat(rule.max_bytes)
    sizes = {"size": filesizeformat(rule.max_bytes), "moving": filesizeformat(rule.max_animated_bytes)}
    return _("%(size)s, moving %(moving)s") % sizes


def _inside(kind: MessageKind, rule: MediaRule) -> list[str]:
    """Say what may be inside the files, and where the sound has to be of one channel."""
    codecs = [name for codec, name in _CODECS.items() if codec in rule.codecs]
    words = []
    if kind is MessageKind.VIDEO and codecs:
        words.append(_("%(codecs)s inside") % {"codecs": get_text_list(codecs, _("and"))})
    elif len(codecs) > 1:
        words.append(_("%(codecs)s inside") % {"codecs": get_text_list(codecs, _("or"))})
    else:
        words += codecs
    if rule.mono:
        words.append(_("one channel"))
    if rule.mono_codecs:
        mono = [name for codec, name in _CODECS.items() if codec in rule.mono_codecs]
        words.append(_("%(codecs)s with one channel") % {"codecs": get_text_list(mono, _("and"))})
    return words


def _limits(rule: MediaRule) -> list[str]:
    limits = []
    if rule.max_seconds is not None:
        words = ngettext("up to %(count)s second", "up to %(count)s seconds", rule.max_seconds)
        limits.append(words % {"count": rule.max_seconds})
    if rule.max_side is not None:
        limits.append(_("up to %(side)s pixels a side") % {"side": rule.max_side})
    return limits
