"""File names that are safe to show, to send and to save: whatever the sender called the file."""

from __future__ import annotations

import re
import unicodedata

from django.utils.translation import gettext as _

from .filetypes import ENDINGS, UNKNOWN, ending_of

LONGEST = 120
_FORBIDDEN = re.compile(r'[\\/:*?"<>|]')
# Control characters and marks that turn the direction of letters: "photo\u202egnp.exe" looks like a picture.
_INVISIBLE = {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"}
_PROGRAMS = {"exe", "scr", "com", "bat", "cmd", "pif", "msi", "js", "vbs", "ps1", "hta", "lnk", "sh", "jar", "apk"}
_KNOWN = _PROGRAMS.union(*ENDINGS.values())


def clean_name(name: str, mime_type: str = UNKNOWN) -> str:
    """Return the last part of the name without what cannot be seen, shortened before its ending.

    The ending is made to fit the type where the two contradict each other.
    """
    last = re.split(r"[\\/]", name)[-1]
    spaced = re.sub(r"\s", " ", unicodedata.normalize("NFC", last))
    visible = "".join(char for char in spaced if unicodedata.category(char) not in _INVISIBLE)
    tidy = re.sub(r" +", " ", _FORBIDDEN.sub("_", visible)).strip(" .")
    ending = ending_of(tidy)
    if not fits(ending, mime_type):
        stem = tidy[: -len(ending) - 1] if ending in _KNOWN else tidy
        ending = _usual_ending(mime_type)
    else:
        stem = tidy[: -len(ending) - 1] if ending else tidy
    if not stem.strip("._ "):
        stem = _("file")
    return f"{stem[: LONGEST - len(ending) - 1].rstrip()}.{ending}" if ending else stem[:LONGEST]


def is_misnamed(name: str, mime_type: str) -> bool:
    """Whether the ending of a name says another type; one that says none contradicts nothing."""
    ending = ending_of(name)
    return ending in _KNOWN and not fits(ending, mime_type)


def fits(ending: str, mime_type: str) -> bool:
    """Whether a name with this ending may belong to the type."""
    if mime_type in ENDINGS:
        return ending in ENDINGS[mime_type]
    if mime_type == "text/plain":  # a program's source, a log, a note
        return bool(ending) and ending not in _KNOWN
    return True


def _usual_ending(mime_type: str) -> str:
    return "txt" if mime_type == "text/plain" else ENDINGS[mime_type][0]
