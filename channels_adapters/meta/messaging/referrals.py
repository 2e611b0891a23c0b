"""Where a customer came from: advertisements, links and products, in the words of `CustomerActed`."""

from __future__ import annotations

from typing import Any

from channels_adapters.reading import identifier_of, object_of, text_of

from .urls import url_of

_SOURCES = {"ADS": "ad", "SHORTLINK": "link", "MESSENGER_CODE": "qr"}


def referral_of(value: Any) -> dict[str, Any] | None:
    """Return what a `referral` tells; None when there is none."""
    referral = object_of(value)
    if not referral:
        return None
    context = object_of(referral.get("ads_context_data"))
    product = identifier_of(object_of(referral.get("product")).get("id")) or identifier_of(context.get("product_id"))
    source = text_of(referral.get("source"))
    told = {
        "source": _SOURCES.get(source.upper(), source.lower()) or ("product" if product else ""),
        "type": text_of(referral.get("type")),
        "ref": text_of(referral.get("ref")),
        "ad_id": identifier_of(referral.get("ad_id")),
        "title": text_of(context.get("ad_title")),
        "url": url_of(referral.get("referer_uri")),
        "image_url": url_of(context.get("photo_url")),
        "video_url": url_of(context.get("video_url")),
        "post_id": identifier_of(context.get("post_id")),
        "product_id": product,
        "flow_id": identifier_of(context.get("flow_id")),
    }
    return {name: text for name, text in told.items() if text}
