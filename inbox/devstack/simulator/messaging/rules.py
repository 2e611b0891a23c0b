"""What differs between Messenger and Instagram when a business writes, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Rules:
    """`window_subcode` is the error of a closed window; `reactions` empty allows any name; `files` are the types by the bytes that
    each type of attachment may have, empty for any."""

    text_limit: int
    text_in_bytes: bool
    window_subcode: int
    attachments: frozenset[str]
    reactions: frozenset[str]
    echo_topic: str
    edit_topic: str
    referral_topic: str
    send_scopes: frozenset[str]
    fields: frozenset[str]
    files: Mapping[str, frozenset[str]]
