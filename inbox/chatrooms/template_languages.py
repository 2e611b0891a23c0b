"""Which language of a template a customer most likely reads, told by what was written in the chat."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.db.models import Q
from django.utils import translation

from channels_adapters.types import MessageKind

from .models import Chatroom, Direction, Message

_LOOKED_AT = 20  # messages
_SCRIPTS = {
    "ja": re.compile("[\u3040-\u30ff]"),
    "ko": re.compile("[\uac00-\ud7af]"),
    "zh": re.compile("[\u4e00-\u9fff]"),
    "th": re.compile("[\u0e00-\u0e7f]"),
    "ar": re.compile("[\u0600-\u06ff]"),
    "he": re.compile("[\u0590-\u05ff]"),
    "hi": re.compile("[\u0900-\u097f]"),
    "ru": re.compile("[\u0400-\u04ff]"),
    "el": re.compile("[\u0370-\u03ff]"),
    "en": re.compile(r"[A-Za-z]+(?:[ ,.'’?!-]+[A-Za-z]+){2}"),  # a few words: everybody writes "OK"
}
_VARIANTS = {"zh-hant": ("zh_HK", "zh_TW"), "zh-hans": ("zh_CN",)}


def by_likelihood(room: Chatroom, codes: Iterable[str]) -> list[str]:
    """Return the codes, the likeliest first: what the last template was in, the customer's script, the agent's language.

    One query."""
    hints, own = _hints(room), _VARIANTS.get(translation.get_language() or "", ())
    return sorted(codes, key=lambda code: (_rank(code, hints), code not in own, code))


def _hints(room: Chatroom) -> list[str]:
    sent = Q(direction=Direction.OUTBOUND, kind=MessageKind.TEMPLATE.value)
    written = Q(direction=Direction.INBOUND, kind=MessageKind.TEXT.value)
    rows = (
        Message.objects.filter(sent | written, workspace_id=room.workspace_id, chatroom=room)
        .order_by("-sent_at", "-pk")
        .values_list("direction", "text", "details__template__language")[:_LOOKED_AT]
    )
    found = list(rows)
    templates = [language for direction, _text, language in found if direction == Direction.OUTBOUND and language]
    scripts = [_script_of(text) for direction, text, _language in found if direction == Direction.INBOUND]
    own = (translation.get_language() or "")[:2]
    return [*templates[:1], *[script for script in scripts if script][:1], own]


def _script_of(text: str) -> str:
    return next((code for code, signs in _SCRIPTS.items() if signs.search(text)), "")


def _rank(code: str, hints: list[str]) -> int:
    for rank, hint in enumerate(hints):
        if code == hint or code.partition("_")[0] == hint:
            return rank
    return len(hints)
