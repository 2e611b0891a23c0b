"""Where a place is, in what people paste: numbers, and the links of maps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.chatrooms.positions import NoPosition, position_in, position_text

SHOP = (22.2819, 114.1582)


@pytest.mark.parametrize(
    "text",
    [
        "22.2819, 114.1582",
        " 22.2819 114.1582 ",
        "(22.2819;114.1582)",
        "22.2819°，114.1582°",
        "２２.２８１９，１１４.１５８２",
        "geo:22.2819,114.1582;u=35?z=17",
        # The pin, not the middle of what is seen.
        "https://www.google.com/maps/place/Shop/@22.1,114.1,17z/data=!3m1!4b1!4m6!3m5!8m2!3d22.2819!4d114.1582!16s",
        "https://www.openstreetmap.org/?mlat=22.2819&mlon=114.1582#map=16/22.1/114.1",
        "https://www.google.com/maps/@22.2819,114.1582,17z",
        "www.google.com/maps/@22.2819,114.1582,17z",
        "https://www.google.com/maps/search/22.2819,+114.1582",
        "https://maps.google.com/maps?q=22.2819%2C114.1582&z=17",
        "https://maps.apple.com/?ll=22.2819,114.1582&q=Lotus%20Flowers",
        "https://www.bing.com/maps?cp=22.2819~114.1582",
        "https://www.openstreetmap.org/#map=16/22.2819/114.1582",
    ],
)
def test_a_position_is_found(text: str) -> None:
    assert position_in(text) == SHOP


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Queen's Road 1", "Write latitude and longitude"),
        ("22.2819", "Write latitude and longitude"),
        ("22.2819, 114.1582, 5", "Write latitude and longitude"),
        ("nan, inf", "Write latitude and longitude"),
        ("114.1582, 22.2819", "The latitude, which comes first"),
        ("22.2819, 180.1", "The longitude, which comes second"),
        ("https://maps.app.goo.gl/abc", "This link holds no coordinates."),
        ("https://uri.amap.com/marker?position=116.4,39.9", "This link holds no coordinates."),
        ("https://[broken/?q=22.2819,114.1582", "This link holds no coordinates."),
    ],
)
def test_what_names_no_place_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(NoPosition, match=words):
        position_in(text)


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_what_is_shown_is_read_again(latitude: float, longitude: float) -> None:
    shown = position_text(latitude, longitude)
    assert position_text(*position_in(shown)) == shown
    assert position_in(shown) == pytest.approx((latitude, longitude), abs=1e-6)
