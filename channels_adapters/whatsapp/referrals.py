"""Where a customer came from: the advertisement or post they tapped, in the words all channels share."""

from __future__ import annotations

from typing import Any

from channels_adapters.reading import object_of, text_of
from channels_adapters.types import JsonObject


def read_referral(value: Any) -> JsonObject | None:
    """Return the referral of a first message ("Click to WhatsApp ads"); None where there is none."""
    referral = object_of(value)
    source = text_of(referral.get("source_type"))
    found = {
        "source": source,
        "title": text_of(referral.get("headline")),
        "text": text_of(referral.get("body")),
        "url": text_of(referral.get("source_url")),
        "image_url": text_of(referral.get("image_url")) or text_of(referral.get("thumbnail_url")),
        "video_url": text_of(referral.get("video_url")),
        "post_id" if source == "post" else "ad_id": text_of(referral.get("source_id")),
        "click_id": text_of(referral.get("ctwa_clid")),
    }
    return {name: text for name, text in found.items() if text} or None
