"""The reading of one credential, for every request that needs it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .errors import Remedy, SendError

_USABLE = re.compile(r"[!-~]+")


def credential(values: Mapping[str, str], name: str, label: str, *, public_text: str = "") -> str:
    """Return a value that HTTP can carry in a header or an address. Raises SendError(OPERATOR).

    `label` names the channel in the error's words, unless `public_text` holds better ones."""
    value = (values.get(name) or "").strip()
    # Never quote the value: it may be the token. What HTTP forbids in a header is most often a botched paste.
    if not _USABLE.fullmatch(value):
        raise SendError(
            "credentials",
            remedy=Remedy.OPERATOR,
            public_text=public_text or f"The {label} connection is incomplete. An administrator must check it.",
            detail=f"{name} is {'unusable' if value else 'missing'}",
        )
    return value
