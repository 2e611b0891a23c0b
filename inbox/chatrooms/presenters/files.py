"""The files of messages as the chat and the gallery show them: pictures, players, documents, and what is not here yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _

from channels_adapters.types import Capabilities, MessageKind
from inbox.lib import clock
from inbox.media.filetypes import label_of
from inbox.media.models import FileKind, MediaFile
from inbox.media.planning import preview_recipe

from ..models import Attachment, AttachmentState, Direction, Message
from .details import text_of
from .failures import FailureView, file_failure
from .words import kind_label, known_kind

_LARGEST_WIDTH, _LARGEST_HEIGHT = 320, 280
_STICKER_SIDE = 144
_WAVE_HEIGHT = 32
# Small pictures are made in seconds; who opens a page later than this does not wait for one.
_PICTURES_EXPECTED = timedelta(minutes=5)
_SHOWN_AS = {
    FileKind.IMAGE: MessageKind.IMAGE,
    FileKind.VIDEO: MessageKind.VIDEO,
    FileKind.AUDIO: MessageKind.AUDIO,
    FileKind.DOCUMENT: MessageKind.DOCUMENT,
}


@dataclass(frozen=True)
class Preview:
    """What a browser can show of a file: empty addresses are for what it cannot, or not yet (`is_coming`)."""

    url: str = ""  # the file, or what was made of it for browsers
    picture_url: str = ""  # small
    width: int | None = None  # of the small picture on the page, which keeps its place while it loads
    height: int | None = None
    wave: str = ""  # the waveform, as the path of a drawing
    is_coming: bool = False


@dataclass(frozen=True)
class FileView:
    """One file of a message (`chatrooms/_file.html`)."""

    dom_id: str  # file-5
    kind: str  # image, video, audio, voice, sticker, document
    icon: str
    label: str  # "Image"
    state: str  # waiting, ready, failed
    name: str
    facts: str  # "PDF · 1.2 MB"
    preview: Preview
    is_animated: bool
    download_url: str  # of the original; empty while there is none
    forward_url: str  # the same
    transcript: str
    note: str  # what happens with it, or how it was sent
    problem: str
    channel_label: str
    fetch_again_url: str  # empty where asking again cannot help
    form_id: str
    check_url: str  # where it is asked for anew while its small picture is being made
    failure: FailureView | None = None  # more about the problem, where it is explained
    is_converted: bool = False  # whether the original is another than what was sent


def files_of(message: Message, *, slug: str, capabilities: Capabilities) -> tuple[FileView, ...]:
    """Return the files of a message, as far as `selectors.with_files` has read them."""
    found: Sequence[Attachment] = getattr(message, "shown_files", ())
    return tuple(file_view(attachment, message, slug=slug, capabilities=capabilities) for attachment in found)


def file_view(attachment: Attachment, message: Message, *, slug: str, capabilities: Capabilities) -> FileView:
    """Needs file and sent_file loaded."""
    # What the business wrote in the vendor's own app is fetched like a customer's.
    file, is_ours = attachment.file, message.direction == Direction.OUTBOUND and not message.details.get("echo")
    kind, is_animated = _kind(attachment), _is_animated(attachment)
    here = [slug, message.chatroom_id, attachment.pk]
    preview = preview_of(file, slug=slug, kind=kind) if file else Preview()
    failure = _failure(attachment, message, capabilities)
    can_ask = attachment.state == AttachmentState.FAILED and file is None and _is_kept(attachment)
    return FileView(
        dom_id=f"file-{attachment.pk}",
        kind=kind.value,
        icon=kind.value,
        label=_label(kind, is_animated=is_animated),
        state=attachment.state,
        name=file.filename if file else text_of(attachment.reference.get("filename")),
        facts=facts_of(file) if file else "",
        preview=preview,
        is_animated=is_animated,
        download_url=f"{file.url(slug)}?download=1" if file else "",
        forward_url=reverse("chatrooms:forward", args=[slug, file.pk]) if file else "",
        transcript=text_of(message.details.get("transcript")),
        note=_note(attachment, is_ours=is_ours, channel=capabilities.label),
        problem=failure.words if failure else "",
        channel_label=capabilities.label,
        fetch_again_url=reverse("chatrooms:file_fetch", args=here) if can_ask and not is_ours else "",
        form_id=f"room-{message.chatroom_id}-form",
        check_url=reverse("chatrooms:file", args=here) if preview.is_coming else "",
        failure=failure if failure and failure.whose else None,
        is_converted=is_ours and _is_converted(attachment),
    )


def preview_of(file: MediaFile, *, slug: str, kind: MessageKind) -> Preview:
    """Return what can be shown of a file now. Nothing is linked to before it is made."""
    is_made = file.previews_at is not None
    is_seen = not file.details.get("unseen") and not file.details.get("problem")
    url = file.url(slug) if file.is_inline else ""
    if kind is MessageKind.DOCUMENT or not is_seen:
        return Preview(url=url)
    if preview_recipe(file.probe):
        url = reverse("media:preview", args=[slug, file.pk]) if is_made else ""
    picture = file.thumbnail_url(slug) if is_made else ""
    if file.kind == FileKind.IMAGE and (kind is MessageKind.STICKER or not is_made):
        picture = url
    width, height = _fitted(file, _STICKER_SIDE if kind is MessageKind.STICKER else None)
    return Preview(
        url=url,
        picture_url=picture,
        width=width,
        height=height,
        wave=_wave(file.details.get("waveform")),
        is_coming=not is_made and clock.now() - file.created_at < _PICTURES_EXPECTED,
    )


def facts_of(file: MediaFile) -> str:
    """Say what a file is in a few words: "MP4 · 0:42 · 3.1 MB"."""
    duration = duration_words(file.duration_ms)
    return " · ".join(filter(None, (label_of(file.mime_type), duration, filesizeformat(file.size))))


def misnamed_words(file: MediaFile) -> str:
    """Say that a file was named as another type, which was corrected; empty where it was not."""
    name = text_of(file.details.get("declared", {}).get("filename"))
    if not name:
        return ""
    return _("It was named %(name)s, but it is %(type)s.") % {"name": name, "type": label_of(file.mime_type)}


def duration_words(milliseconds: int | None) -> str:
    """Return minutes and seconds as players show them, empty for what has none."""
    if milliseconds is None:
        return ""
    minutes, seconds = divmod(max(round(milliseconds / 1000), 1), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _kind(attachment: Attachment) -> MessageKind:
    kind = known_kind(attachment.kind)
    if kind in (MessageKind.VOICE, MessageKind.STICKER) or attachment.file is None:
        return kind
    # A picture that nobody can open is a document, and so is one that was sent as such.
    return kind if kind is MessageKind.DOCUMENT else _SHOWN_AS[FileKind(attachment.file.kind)]


def _label(kind: MessageKind, *, is_animated: bool) -> str:
    return _("Animated sticker") if kind is MessageKind.STICKER and is_animated else kind_label(kind)


def _is_animated(attachment: Attachment) -> bool:
    told = attachment.reference.get("animated") is True
    return told or bool(attachment.file and attachment.file.details.get("animated"))


def _is_kept(attachment: Attachment) -> bool:
    """Whether the vendor may still have it, as far as we know."""
    if attachment.problem_code == "gone":
        return False
    return bool(attachment.reference.get("external_id") or attachment.reference.get("url"))


def _failure(attachment: Attachment, message: Message, capabilities: Capabilities) -> FailureView | None:
    if attachment.state == AttachmentState.FAILED and message.direction == Direction.INBOUND:
        return file_failure(attachment, capabilities=capabilities)
    if attachment.state == AttachmentState.FAILED and message.details.get("echo"):
        return FailureView(file_failure(attachment, capabilities=capabilities).words)
    # What kept a file of ours from leaving stands under its message.
    if attachment.state != AttachmentState.WAITING and attachment.file is None:
        return FailureView(_("This file is no longer kept."))
    return None


def _note(attachment: Attachment, *, is_ours: bool, channel: str) -> str:
    """Say what happens with the file now, and what was made of it."""
    if attachment.state == AttachmentState.WAITING:
        if not is_ours:
            return _waiting_words(known_kind(attachment.kind))
        if attachment.recipe and attachment.sent_file is None:
            return _("Is being converted and brought to %(channel)s…") % {"channel": channel}
        return _("Is being brought to %(channel)s…") % {"channel": channel}
    file, sent = attachment.file, attachment.sent_file
    if file is not None and not is_ours:
        return misnamed_words(file)
    if file is None or sent is None or not _is_converted(attachment):
        return ""
    sizes = {"type": label_of(sent.mime_type), "before": filesizeformat(file.size), "after": filesizeformat(sent.size)}
    return _("Sent as %(type)s, %(before)s → %(after)s") % sizes


def _is_converted(attachment: Attachment) -> bool:
    sent = attachment.sent_file_id
    return sent is not None and attachment.file_id not in (None, sent)


def _waiting_words(kind: MessageKind) -> str:
    return {
        MessageKind.IMAGE: _("Picture is on its way…"),
        MessageKind.VIDEO: _("Video is on its way…"),
        MessageKind.AUDIO: _("Audio is on its way…"),
        MessageKind.VOICE: _("Voice message is on its way…"),
        MessageKind.STICKER: _("Sticker is on its way…"),
    }.get(kind, _("File is on its way…"))


def _fitted(file: MediaFile, side: int | None) -> tuple[int | None, int | None]:
    """Return the size on the page: as large as it is, in the room there is."""
    if not file.width or not file.height:
        return None, None
    share = min((side or _LARGEST_WIDTH) / file.width, (side or _LARGEST_HEIGHT) / file.height, 1)
    return max(round(file.width * share), 1), max(round(file.height * share), 1)


def _wave(levels: object) -> str:
    """Draw a waveform: a line for each level, two wide, around the middle."""
    if not isinstance(levels, Sequence) or not levels:
        return ""
    half = _WAVE_HEIGHT / 2
    lines = [
        f"M{place * 3 + 1.5:g} {half - length:g}v{2 * length:g}"
        for place, level in enumerate(levels)
        if (length := max(half * min(int(level), 100) / 100, 1))
    ]
    return "".join(lines)
