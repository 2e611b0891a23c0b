"""Cards: what a message holds beside text, in one shape for all kinds.

Nothing in a card is loaded from anywhere: pictures and files of vendors are named, or linked to. Only http and https
addresses become links (and tel: and mailto: of a contact).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from channels_adapters.types import MessageKind
from inbox.lib import clock

from ..models import Direction, Message
from .details import email_address, host_of, object_of, objects_of, phone_address, text_of, web_address
from .words import kind_label, known_kind

_STORY_LIVES = timedelta(hours=24)
_MOST_DIGITS = 20  # of a price or a coordinate; more is neither
FILES = frozenset(
    {
        MessageKind.IMAGE,
        MessageKind.VIDEO,
        MessageKind.AUDIO,
        MessageKind.VOICE,
        MessageKind.DOCUMENT,
        MessageKind.STICKER,
    }
)

Details = Mapping[str, object]


@dataclass(frozen=True)
class Link:
    label: str
    url: str


@dataclass(frozen=True)
class Fact:
    """One line of a card. `url` is empty or safe to link to."""

    label: str
    value: str
    url: str = ""


@dataclass(frozen=True)
class Card:
    """A part of a message that is more than text (`chatrooms/_card.html`). `icon` names one of `_icons.html`."""

    icon: str
    label: str
    title: str = ""
    text: str = ""
    facts: tuple[Fact, ...] = ()
    links: tuple[Link, ...] = ()
    note: str = ""


def cards_of(message: Message, *, without_files: bool = False) -> tuple[Card, ...]:
    """Return the cards of a message that was not removed: where it comes from, then what it holds.

    `without_files`: they are shown themselves.
    """
    details: Details = message.details
    if message.direction == Direction.SYSTEM:
        # The line above has the reference already; a card is for what it does not say.
        return tuple(card for card in _referral(object_of(details.get("referral"))) if card.title or card.links)
    if message.kind == MessageKind.TEXT and details.keys().isdisjoint(_BESIDE_TEXT):
        return ()
    return (
        *_referral(object_of(details.get("referral"))),
        *_story_answer(object_of(details.get("story")), message.sent_at),
        *_product(object_of(details.get("product"))),
        *_content(message),
        *(() if without_files else _attachments(known_kind(message.kind), details)),
        *_errors(known_kind(message.kind), details),
    )


_BESIDE_TEXT = frozenset({"referral", "story", "product", "attachments", "errors"})


def _content(message: Message) -> tuple[Card, ...]:
    details: Details = message.details
    match known_kind(message.kind):
        case MessageKind.LOCATION:
            return (_location(details),)
        case MessageKind.CONTACTS:
            return tuple(_contact(contact) for contact in objects_of(details.get("contacts")))
        case MessageKind.ORDER:
            return (_order(details),)
        case MessageKind.CHOICE:
            return (_choice(details, message.text),)
        case MessageKind.LINK:
            return (_link(details),)
        case MessageKind.STORY_MENTION:
            return (_story(details, message.sent_at, label=kind_label(MessageKind.STORY_MENTION)),)
        case MessageKind.TEMPLATE:
            name = text_of(object_of(details.get("template")).get("name")) or text_of(details.get("name"))
            return (Card(icon="template", label=_("Template"), title=name),)
        case MessageKind.UNSUPPORTED:
            return (_unsupported(details),)
        case _:
            return ()


# --- where a message comes from -------------------------------------------------------------------------------------


def _referral(referral: Details) -> tuple[Card, ...]:
    title, text = text_of(referral.get("title")), text_of(referral.get("text"))
    links = (
        *_links(referral.get("url")),
        *_links(referral.get("image_url"), _("Open the picture")),
        *_links(referral.get("video_url"), _("Open the video")),
    )
    ref = text_of(referral.get("ref"))
    if not referral or not (title or text or links or ref or referral.get("source")):
        return ()
    label = {
        "ad": _("From an advertisement"),
        "post": _("From a post"),
        "link": _("From a link"),
        "qr": _("From a QR code"),
        "product": _("From a product"),
    }.get(text_of(referral.get("source")), _("Where the customer comes from"))
    facts = (Fact(_("Reference"), ref),) if ref else ()
    return (Card(icon="referral", label=label, title=title, text=text, facts=facts, links=links),)


def _story_answer(story: Details, at: datetime) -> tuple[Card, ...]:
    return (_story(story, at, label=_("Answers your story")),) if story else ()


def _story(story: Details, at: datetime, *, label: str) -> Card:
    if clock.now() - at > _STORY_LIVES:
        return Card(icon="story", label=label, note=_("Stories disappear after 24 hours, so this one is gone."))
    links = _links(story.get("url"), _("Open the story"))
    return Card(icon="story", label=label, links=links, note=_("Stories disappear after 24 hours."))


def _product(product: Details) -> tuple[Card, ...]:
    if not product:
        return ()
    names = (product.get(name) for name in ("title", "name", "product_retailer_id", "retailer_id", "id"))
    title = next(filter(None, map(text_of, names)), "")
    return (Card(icon="product", label=_("Asks about a product"), title=title, links=_links(product.get("url"))),)


# --- what a message holds -------------------------------------------------------------------------------------------


def _location(details: Details) -> Card:
    latitude, longitude = _number(details.get("latitude")), _number(details.get("longitude"))
    links = _links(details.get("url"))
    facts: tuple[Fact, ...] = ()
    if latitude is not None and longitude is not None:
        query = urlencode({"mlat": f"{latitude:f}", "mlon": f"{longitude:f}"})
        map_url = f"https://www.openstreetmap.org/?{query}#map=16/{latitude:f}/{longitude:f}"
        links = (Link(_("Show on OpenStreetMap"), map_url), *links)
        facts = (Fact(_("Position"), f"{latitude:f}, {longitude:f}"),)
    return Card(
        icon="location",
        label=kind_label(MessageKind.LOCATION),
        title=text_of(details.get("name")),
        text=text_of(details.get("address")),
        facts=facts,
        links=links,
    )


def _contact(contact: Details) -> Card:
    facts = [
        *(Fact(_("Phone"), phone, phone_address(phone)) for phone in _each(contact, "phones", "phone")),
        *(Fact(_("Email"), email, email_address(email)) for email in _each(contact, "emails", "email")),
        *(Fact(_("Website"), url, web_address(url)) for url in _each(contact, "urls", "url")),
    ]
    return Card(
        icon="contacts",
        label=kind_label(MessageKind.CONTACTS),
        title=text_of(contact.get("name")),
        text=text_of(contact.get("organization")),
        facts=tuple(facts),
    )


def _each(contact: Details, group: str, name: str) -> list[str]:
    return [value for entry in objects_of(contact.get(group)) if (value := text_of(entry.get(name)))]


def _order(details: Details) -> Card:
    items = objects_of(details.get("items"))
    facts = [Fact(_item_name(item), _item_price(item)) for item in items]
    total = _total(items)
    if total and len(items) > 1:
        facts.append(Fact(_("Total"), total))
    count = ngettext("%(count)s item", "%(count)s items", len(items)) % {"count": len(items)}
    return Card(icon="order", label=kind_label(MessageKind.ORDER), title=count, facts=tuple(facts))


def _item_name(item: Details) -> str:
    names = (item.get(name) for name in ("title", "name", "product_retailer_id", "id"))
    return next(filter(None, map(text_of, names)), _("Unnamed product"))


def _item_price(item: Details) -> str:
    quantity = text_of(item.get("quantity")) or "1"
    price = " ".join(filter(None, (text_of(item.get("currency")), text_of(item.get("item_price")))))
    return f"{quantity} × {price}" if price else f"{quantity} ×"


def _total(items: list[Details]) -> str:
    """Return the sum of an order whose prices are all known and of one currency, else nothing."""
    currencies = {text_of(item.get("currency")) for item in items}
    amounts = [(_number(item.get("item_price")), _number(item.get("quantity"))) for item in items]
    if len(currencies) != 1 or any(price is None or quantity is None for price, quantity in amounts):
        return ""
    total = sum(
        (price * quantity for price, quantity in amounts if price is not None and quantity is not None), Decimal()
    )
    return f"{currencies.pop()} {total:f}".strip()


def _number(value: object) -> Decimal | None:
    try:
        number = Decimal(text_of(value))
    except InvalidOperation:
        return None
    digits = number.as_tuple()
    is_usual = number.is_finite() and abs(number.adjusted()) < _MOST_DIGITS and len(digits.digits) < _MOST_DIGITS
    return number if is_usual else None


def _choice(details: Details, text: str) -> Card:
    title, description = text_of(details.get("title")), text_of(details.get("description"))
    facts = _form(details.get("form"))
    if facts:
        return Card(icon="form", label=_("Form answers"), title=title or text, text=description, facts=facts)
    return Card(icon="choice", label=_("Chose"), title=title or text, text=description)


def _form(form: object) -> tuple[Fact, ...]:
    """Return the answers of a form: an object, or a list of objects with a label and a value."""
    if isinstance(form, dict):
        pairs = [(text_of(name), value) for name, value in form.items()]
    else:
        pairs = [
            (text_of(entry.get("label")) or text_of(entry.get("name")), entry.get("value"))
            for entry in objects_of(form)
        ]
    return tuple(Fact(label.replace("_", " "), answer) for label, value in pairs if (answer := _answer(value)))


def _answer(value: object) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return ", ".join(filter(None, map(_answer, value)))
    if isinstance(value, dict):
        return ", ".join(filter(None, map(_answer, value.values())))
    return text_of(value)


def _link(details: Details) -> Card:
    label = {
        "post": _("Shared a post"),
        "reel": _("Shared a reel"),
        "article": _("Shared an article"),
        "mini_program": _("Shared a mini program"),
        "page": _("Shared a page"),
        "product": _("Shared a product"),
    }.get(text_of(details.get("source")), _("Shared a link"))
    url = text_of(details.get("url"))
    links = _links(details.get("url"))
    unsafe = (Fact(_("Address"), url),) if url and not links else ()
    return Card(
        icon="link",
        label=label,
        title=text_of(details.get("title")),
        text=text_of(details.get("text")),
        facts=unsafe,
        links=links + _links(details.get("image_url"), _("Open the picture")),
    )


def _unsupported(details: Details) -> Card:
    facts = ((_("Kind"), details.get("type")), (_("Reason"), details.get("reason")))
    shown = tuple(Fact(label, text) for label, value in facts if (text := text_of(value)))
    return Card(icon="unsupported", label=kind_label(MessageKind.UNSUPPORTED), facts=shown)


def _attachments(kind: MessageKind, details: Details) -> tuple[Card, ...]:
    files = objects_of(details.get("attachments"))
    if not files and kind in FILES:
        files = [{}]
    title, transcript = text_of(details.get("emoji")), text_of(details.get("transcript"))
    facts = (Fact(_("Transcript"), transcript),) if transcript else ()
    return tuple(_attachment(file, kind, title=title, facts=facts) for file in files)


def _attachment(file: Details, kind: MessageKind, *, title: str, facts: tuple[Fact, ...]) -> Card:
    named = known_kind(text_of(file.get("kind")) or kind.value)
    named = named if named in FILES else MessageKind.DOCUMENT
    label = _("Animated sticker") if named is MessageKind.STICKER and file.get("animated") else kind_label(named)
    return Card(
        icon=named.value,
        label=label,
        title=text_of(file.get("filename")) or title,
        facts=facts,
        note=text_of(file.get("mime_type")),
    )


def _errors(kind: MessageKind, details: Details) -> tuple[Card, ...]:
    """Say what the vendor could not hand over, where the kind itself does not."""
    if kind is MessageKind.UNSUPPORTED:
        return ()
    words = [
        text_of(error.get("details")) or text_of(error.get("title")) for error in objects_of(details.get("errors"))
    ]
    return tuple(Card(icon="warning", label=_("A part did not arrive"), text=text) for text in words if text)


def _links(url: object, label: str = "") -> tuple[Link, ...]:
    """Return the link to an address; without a label it says where it leads."""
    address = web_address(url)
    return (Link(label or _("Open %(host)s") % {"host": host_of(address)}, address),) if address else ()
