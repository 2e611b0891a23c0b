"""Where a place is, in what people paste: two numbers, or the link of a map. Pure, but for the language of the words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import parse_qs, unquote, urlsplit

from django.utils.translation import gettext as _

LONGEST = 2000  # of what is pasted: links of maps are long
_DEGREES = r"([+-]?\d{1,3}(?:\.\d{1,20})?)"
_PAIR = re.compile(rf"\(?{_DEGREES}°?(?:\s*[,;~]\s*|\s+){_DEGREES}°?\)?", re.ASCII)
_LINK = re.compile(r"[a-z][a-z0-9+.-]*:|[\w-]+(\.[\w-]+)+/", re.IGNORECASE)
# The pin itself, as against the middle of what is seen of the map.
_PIN = re.compile(rf"!3d{_DEGREES}!4d{_DEGREES}", re.ASCII)
_MIDDLE = re.compile(rf"@{_DEGREES},{_DEGREES}", re.ASCII)
_HASH = re.compile(rf"map=[\d.]+/{_DEGREES}/{_DEGREES}", re.ASCII)
_PARAMETERS = ("q", "query", "destination", "daddr", "coordinate", "ll", "center", "cp")


class NoPosition(Exception):
    """It names no place; the text says what is in the way."""


def position_in(text: str) -> tuple[float, float]:
    """Return latitude and longitude, to the decimetre. Raises NoPosition."""
    text = unicodedata.normalize("NFKC", text).strip()
    if pair := _PAIR.fullmatch(text):
        found = pair.groups()
    elif _LINK.match(text):
        found = next(_in_link(text), ())
        if not found:
            raise NoPosition(
                _("This link holds no coordinates. Open it, and copy the address that your browser then shows.")
            )
    else:
        raise NoPosition(_("Write latitude and longitude, like 22.2819, 114.1582, or paste the link of a map."))
    latitude, longitude = (round(float(degrees), 6) for degrees in found)
    if abs(latitude) > 90:
        raise NoPosition(_("The latitude, which comes first, lies between -90 and 90."))
    if abs(longitude) > 180:
        raise NoPosition(_("The longitude, which comes second, lies between -180 and 180."))
    return latitude, longitude


def position_text(latitude: float, longitude: float) -> str:
    """Return a position as people read it, and `position_in` too."""
    return ", ".join(
        f"{round(degrees, 6) + 0.0:.6f}".rstrip("0").rstrip(".") for degrees in (latitude, longitude)
    )  # never -0


def _in_link(link: str) -> Iterator[tuple[str, ...]]:
    """Find the positions in a link, the surest first. Nothing is fetched: a short link holds none."""
    try:
        parts = urlsplit(link)
        query = {name: values[0] for name, values in parse_qs(parts.query, max_num_fields=50).items()}
    except ValueError:
        return
    path = unquote(parts.path)
    if pin := _PIN.search(path):
        yield pin.groups()
    texts = [f"{query['mlat']},{query['mlon']}"] if query.keys() >= {"mlat", "mlon"} else []
    texts += [query[name].removeprefix("loc:") for name in _PARAMETERS if name in query]
    texts += [segment.partition(";")[0] for segment in path.split("/")]
    yield from (pair.groups() for text in texts if (pair := _PAIR.fullmatch(text.strip())))
    yield from (found.groups() for found in (_MIDDLE.search(path), _HASH.search(parts.fragment)) if found)
