"""Who is meant by `@Name` in a note. Pure: names in, ids out.

Names are compared without case and width. The longest name wins, so that "@Ann Lee" is not "@Ann"; a first name alone
is enough where one colleague has it. An e-mail address is none: only its letters keep the sign from counting, so that
text without spaces may stand before it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping

_SIGN = re.compile(r"(?<![a-z0-9_.@])@(?=\S)")
_FIRST_WIDE = "\u2e80"  # from here on scripts are written without spaces between words


def mentioned(text: str, names: Mapping[int, str]) -> list[int]:
    """Return the ids of those who are named, each once, in the order of the text."""
    known = _known(names)
    plain = _plain(text)
    found: dict[int, None] = {}
    for sign in _SIGN.finditer(plain):
        rest = plain[sign.end() :]
        name = next((name for name in known if rest.startswith(name) and _ends(rest, name)), None)
        if name is not None:
            found.update(dict.fromkeys(known[name]))
    return list(found)


def _known(names: Mapping[int, str]) -> dict[str, list[int]]:
    """Return whom each way to write a name means, the longest first."""
    whole: dict[str, list[int]] = defaultdict(list)
    first: dict[str, list[int]] = defaultdict(list)
    for member_id, name in names.items():
        if plain := _plain(name):
            whole[plain].append(member_id)
            first[plain.split(" ")[0]].append(member_id)
    alone = {name: ids for name, ids in first.items() if len(ids) == 1 and name not in whole}
    return dict(sorted({**alone, **whole}.items(), key=lambda each: -len(each[0])))


def _ends(rest: str, name: str) -> bool:
    following = rest[len(name) : len(name) + 1]
    return not following.isalnum() or name[-1] >= _FIRST_WIDE


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
