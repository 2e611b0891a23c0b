"""A file or a card that was chosen for a message, as the composer shows it before it is sent."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _

from channels_adapters.types import MessageKind
from inbox.media.actions import Preparation
from inbox.media.filetypes import label_of
from inbox.media.models import MediaFile
from inbox.media.planning import Plan

from ..models import Chatroom
from ..outgoing_cards import OutgoingCard
from .files import Preview, facts_of, misnamed_words, preview_of
from .words import kind_label


@dataclass(frozen=True)
class OtherWay:
    """Another way to send the file."""

    value: str  # 12.document
    label: str


@dataclass(frozen=True)
class ChosenFile:
    """`chatrooms/_composer_file.html`."""

    dom_id: str
    value: str  # what the form sends: 12, 12.voice or a card's; empty for what cannot be sent
    kind: str  # of the message it will be
    icon: str
    name: str
    facts: str = ""
    preview: Preview = Preview()  # noqa: RUF009 - frozen
    note: str = ""
    problem: str = ""
    percent: int | None = None  # while it is being converted
    url: str = ""  # where it is asked for anew, while something of it is being made
    files_url: str = ""
    discard_url: str = ""  # where it is let go when it is taken out
    form_id: str = ""
    other_ways: tuple[OtherWay, ...] = ()

    @property
    def removal_label(self) -> str:
        if self.kind == MessageKind.LOCATION:
            return _("Remove this location")
        if self.kind == MessageKind.CONTACTS:
            return _("Remove this contact")
        return _("Remove this file")

    @property
    def keep_label(self) -> str:
        """Of the box that only a browser without a script shows."""
        if self.kind == MessageKind.LOCATION:
            return _("Send this location")
        if self.kind == MessageKind.CONTACTS:
            return _("Send this contact")
        return _("Send this file")


def chosen_file(
    room: Chatroom,
    file: MediaFile,
    *,
    slug: str,
    value: str,
    plan: Plan,
    preparation: Preparation,
    others: dict[str, Plan],
) -> ChosenFile:
    """`others` are the plans of other ways to send the file, by the value that asks for each."""
    here = [slug, room.pk]
    preview = preview_of(file, slug=slug, kind=plan.kind)
    is_made = preparation.file is not None
    is_expected = not (is_made or preparation.words or preparation.is_late)
    return ChosenFile(
        dom_id=f"composer-file-{file.pk}",
        value="" if preparation.words else value,
        kind=plan.kind.value,
        icon=plan.kind.value,
        name=file.filename,
        facts=facts_of(file),
        preview=preview,
        note=_note(file, plan, preparation),
        problem=preparation.words,
        percent=preparation.percent or 0 if is_expected else None,
        url=f"{reverse('chatrooms:chosen_files', args=here)}?file={value}" if preview.is_coming or is_expected else "",
        files_url=reverse("chatrooms:files", args=here),
        discard_url=reverse("chatrooms:file_discard", args=[slug, file.pk]),
        form_id=f"room-{room.pk}-form",
        other_ways=tuple(OtherWay(other, _as_kind(way.kind)) for other, way in others.items()),
    )


def chosen_card(card: OutgoingCard, problem: str) -> ChosenFile:
    return ChosenFile(
        dom_id=f"composer-card-{zlib.crc32(card.value.encode()):08x}",
        value="" if problem else card.value,
        kind=card.kind.value,
        icon=card.kind.value,
        name=card.title,
        facts=" · ".join(text for text in card.values.values() if text and text != card.title),
        problem=problem,
    )


def refused_file(number: str, name: str, problem: str) -> ChosenFile:
    """Return a file that stays outside. `number` tells it from others."""
    return ChosenFile(dom_id=f"composer-file-{number}", value="", kind="", icon="warning", name=name, problem=problem)


def _note(file: MediaFile, plan: Plan, preparation: Preparation) -> str:
    if preparation.words:
        return ""
    words = [*filter(None, [misnamed_words(file)]), *plan.notes]
    if plan.kind is MessageKind.VOICE:
        words.insert(0, _("It will be sent as a voice message."))
    made, before = preparation.file, filesizeformat(file.size)
    if made is not None and made.pk != file.pk:
        sizes = {"type": label_of(made.mime_type), "before": before, "after": filesizeformat(made.size)}
        words.append(_("Ready: %(type)s, %(before)s → %(after)s.") % sizes)
    elif made is None and plan.estimated_bytes and plan.estimated_bytes < file.size:
        sizes = {"before": before, "after": filesizeformat(plan.estimated_bytes)}
        words.append(_("%(before)s → %(after)s at most.") % sizes)
    return " ".join(words)


def _as_kind(kind: MessageKind) -> str:
    if kind is MessageKind.IMAGE:
        return _("Send as a picture")
    if kind is MessageKind.STICKER:
        return _("Send as a sticker")
    if kind is MessageKind.VOICE:
        return _("Send as a voice message")
    if kind is MessageKind.DOCUMENT:
        return _("Send as a document")
    return _("Send as: %(kind)s") % {"kind": kind_label(kind)}
