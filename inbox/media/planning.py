"""How a file goes out on a channel: as it is, turned into something else, as a document, or not at all. Pure.

The rules are `Capabilities.media`. Words are in the language of whoever asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from channels_adapters.types import ANY_TYPE, MediaRule, MessageKind
from media_converter.probe import AUDIO, DOCUMENT, IMAGE, VIDEO, Probe
from media_converter.quality import film_quality, sound_rate
from media_converter.recipes import FILM, FILM_PREVIEW, PICTURE_PREVIEW, PICTURES, SOUND_PREVIEW, SOUNDS, Recipe

from .filetypes import INLINE_TYPES, label_of

Rules = Mapping[MessageKind, MediaRule]

_BROWSER_CODECS = {"h264", "vp8", "vp9", "av1", "aac", "mp3", "opus", "vorbis"}
# Pillow's names of pictures with eight bits a colour and without inks.
_PLAIN_PICTURES = {"1", "L", "LA", "P", "PA", "RGB", "RGBA"}
_STICKER_SIDE = 512
_THUMB_SIDE = 480


class CannotBeSent(Exception):
    """The channel takes this file in no form. The text says why, and what it would take."""


@dataclass(frozen=True)
class Plan:
    """`recipe` is "" where the file goes as it is. `notes` are sentences for the agent. `estimated_bytes` is how large it
    will be at most, None where that is not known beforehand."""

    kind: MessageKind
    recipe: str
    mime_type: str
    notes: tuple[str, ...] = ()
    estimated_bytes: int | None = None


def plan_for(
    probe: Probe, rules: Rules, *, as_voice: bool = False, as_sticker: bool = False, as_document: bool = False
) -> Plan:
    """Return how the file goes out best. Raises CannotBeSent."""
    plan = _best(probe, rules, as_voice=as_voice, as_sticker=as_sticker, as_document=as_document)
    if as_voice and plan.kind is MessageKind.AUDIO and MessageKind.VOICE in rules:
        note = _("It is too long for a voice message, so it will be sent as audio.")
        plan = replace(plan, notes=(note, *plan.notes))
    return plan


def _best(probe: Probe, rules: Rules, *, as_voice: bool, as_sticker: bool, as_document: bool) -> Plan:
    """Raises CannotBeSent."""
    candidates = [] if as_document else list(_kinds(probe, rules, as_voice=as_voice, as_sticker=as_sticker))
    # What was asked for comes before everything that fits better.
    for first in ((MessageKind.VOICE,) if as_voice else (MessageKind.STICKER,) if as_sticker else (), candidates):
        kinds = [kind for kind in candidates if kind in first]
        for kind in kinds:
            if fits(probe, rules[kind]):
                return Plan(kind, "", probe.mime_type, estimated_bytes=probe.size)
        for kind in kinds:
            if plan := _turned(probe, kind, rules[kind]):
                return plan
    document = rules.get(MessageKind.DOCUMENT)
    if document is not None and fits(probe, document):
        asked = as_document or probe.kind == DOCUMENT
        notes: tuple[str, ...] = () if asked else (_("It will be sent as a document."),)
        if probe.mime_type in document.as_text:
            notes = (*notes, _("It will be sent as plain text."))
        return Plan(MessageKind.DOCUMENT, "", probe.mime_type, notes, probe.size)
    raise CannotBeSent(_refusal(probe, rules, candidates, as_document=as_document))


def fits(probe: Probe, rule: MediaRule) -> bool:
    """Whether the file may go as it is."""
    max_bytes = rule.max_animated_bytes if probe.animated and rule.max_animated_bytes else rule.max_bytes
    sides = (probe.width or 0, probe.height or 0)
    return (
        takes(rule, probe.mime_type)
        and probe.size <= max_bytes
        and (rule.max_seconds is None or probe.seconds <= rule.max_seconds)
        and (not rule.codecs or probe.kind == DOCUMENT or rule.codecs.issuperset(probe.codecs))
        and (probe.channels in (None, 1) or not (rule.mono or rule.mono_codecs.intersection(probe.codecs)))
        and (rule.max_side is None or max(sides) <= rule.max_side)
        and (probe.kind != IMAGE or ANY_TYPE in rule.mime_types or _PLAIN_PICTURES.issuperset(probe.codecs))
    )


def thumb_recipe(max_bytes: int) -> str:
    """Return how the small picture is made that a channel wants beside a video."""
    return str(Recipe("image/jpeg", max_bytes=max_bytes, max_side=_THUMB_SIDE))


def takes(rule: MediaRule, mime_type: str) -> bool:
    return ANY_TYPE in rule.mime_types or mime_type in rule.mime_types


def preview_recipe(probe: Probe) -> str:
    """Return what has to be made for a browser to show the file; "" where it can, or nothing could be shown."""
    if probe.problem or probe.kind == DOCUMENT:
        return ""
    if probe.mime_type in INLINE_TYPES and (probe.kind == IMAGE or _BROWSER_CODECS.issuperset(probe.codecs)):
        return ""
    return {IMAGE: PICTURE_PREVIEW, AUDIO: SOUND_PREVIEW, VIDEO: FILM_PREVIEW}[probe.kind]


def _kinds(probe: Probe, rules: Rules, *, as_voice: bool, as_sticker: bool) -> Iterator[MessageKind]:
    """The kinds of message that the file could be, best first, of those that the channel has."""
    wanted: list[MessageKind] = []
    if probe.kind == IMAGE:
        wanted = [MessageKind.IMAGE]
        if as_sticker:
            wanted.insert(0, MessageKind.STICKER)
        elif probe.animated:
            wanted.insert(0, MessageKind.VIDEO)
    elif probe.kind == AUDIO:
        wanted = [MessageKind.AUDIO, MessageKind.VOICE]
        if as_voice or MessageKind.AUDIO not in rules:
            wanted.reverse()
        else:
            wanted.pop()
    elif probe.kind == VIDEO:
        wanted = [MessageKind.VIDEO]
    return (kind for kind in wanted if kind in rules)


def _turned(probe: Probe, kind: MessageKind, rule: MediaRule) -> Plan | None:
    match kind:
        case MessageKind.IMAGE | MessageKind.STICKER:
            return _as_picture(probe, kind, rule)
        case MessageKind.VIDEO:
            return _as_film(probe, rule)
        case _:
            return _as_sound(probe, kind, rule)


def _as_picture(probe: Probe, kind: MessageKind, rule: MediaRule) -> Plan | None:
    possible = [each for each in rule.mime_types if each in PICTURES]
    if ANY_TYPE in rule.mime_types:
        possible = ["image/jpeg", "image/png"]
    if not possible:
        return None
    mime_type = "image/png" if probe.alpha and "image/png" in possible else possible[0]
    is_sticker = kind == MessageKind.STICKER
    side = _STICKER_SIDE if is_sticker else rule.max_side or 0
    recipe = Recipe(mime_type, max_bytes=rule.max_bytes, max_side=side, square=is_sticker)
    notes = [_as_what(probe, mime_type)] if mime_type != probe.mime_type else []
    if probe.animated:
        notes.append(_("It no longer moves: this channel gets its first picture."))
    if probe.size > rule.max_bytes or (rule.max_side and max(probe.width or 0, probe.height or 0) > rule.max_side):
        notes.append(_made_smaller(rule.max_bytes))
    if probe.alpha and mime_type == "image/jpeg":
        notes.append(_("What is transparent becomes white."))
    return Plan(kind, str(recipe), mime_type, tuple(notes))


def _as_film(probe: Probe, rule: MediaRule) -> Plan | None:
    if not takes(rule, FILM) or (rule.max_seconds is not None and probe.seconds > rule.max_seconds):
        return None
    side = min(max(probe.width or 0, probe.height or 0), rule.max_side or 10_000)
    has_sound = probe.channels is not None
    quality = film_quality(seconds=probe.seconds, side=side, max_bytes=rule.max_bytes, has_sound=has_sound)
    if quality is None:
        return None
    recipe = Recipe(FILM, max_bytes=rule.max_bytes, max_side=rule.max_side or 0)
    notes = [_as_what(probe, FILM)] if probe.mime_type != FILM else []
    if probe.size > rule.max_bytes:
        notes.append(_made_smaller(rule.max_bytes))
    if not notes:
        notes.append(_("It will be converted, because this channel does not play it as it is."))
    return Plan(MessageKind.VIDEO, str(recipe), FILM, tuple(notes), min(quality.size(probe.seconds), rule.max_bytes))


def _as_sound(probe: Probe, kind: MessageKind, rule: MediaRule) -> Plan | None:
    possible = [each for each in rule.mime_types if each in SOUNDS]
    if ANY_TYPE in rule.mime_types:
        possible = ["audio/mpeg"]
    if not possible or (rule.max_seconds is not None and probe.seconds > rule.max_seconds):
        return None
    mime_type = possible[0]
    mono = rule.mono or kind == MessageKind.VOICE or mime_type == "audio/amr"
    channels = 1 if mono else min(probe.channels or 1, 2)
    rate = sound_rate(mime_type, seconds=probe.seconds, channels=channels, max_bytes=rule.max_bytes)
    if rate is None:
        return None
    notes = [_as_what(probe, mime_type)] if mime_type != probe.mime_type else []
    if probe.size > rule.max_bytes:
        notes.append(_made_smaller(rule.max_bytes))
    if not notes:
        notes.append(_("It will be converted, because this channel does not play it as it is."))
    estimate = min(int(rate * max(probe.seconds, 1) / 8 * 1.1), rule.max_bytes)
    return Plan(kind, str(Recipe(mime_type, max_bytes=rule.max_bytes, mono=mono)), mime_type, tuple(notes), estimate)


# --- words ----------------------------------------------------------------------------------------------------------


def _as_what(probe: Probe, mime_type: str) -> str:
    if probe.kind == IMAGE and mime_type == FILM:
        return _("It will be sent as a video, because it moves.")
    words = {"from": label_of(probe.mime_type), "type": label_of(mime_type)}
    return _("It will be sent as %(type)s; this channel does not take %(from)s.") % words


def _made_smaller(max_bytes: int) -> str:
    return _("It will be made smaller, to at most %(size)s.") % {"size": filesizeformat(max_bytes)}


def _refusal(probe: Probe, rules: Rules, candidates: list[MessageKind], *, as_document: bool) -> str:
    """Say what is in the way, of the kind that the file is."""
    rule = rules[candidates[0]] if candidates else rules.get(MessageKind.DOCUMENT)
    if rule is None:
        return {
            IMAGE: _("This channel takes no pictures."),
            VIDEO: _("This channel takes no videos."),
            AUDIO: _("This channel takes no audio."),
        }.get(DOCUMENT if as_document else probe.kind, _("This channel takes no documents."))
    size, most = filesizeformat(probe.size), filesizeformat(rule.max_bytes)
    if rule.max_seconds is not None and probe.seconds > rule.max_seconds:
        seconds = int(probe.seconds + 0.5)
        return _("It is %(seconds)s seconds long; this channel takes at most %(most)s.") % {
            "seconds": seconds,
            "most": rule.max_seconds,
        }
    if probe.kind in (VIDEO, AUDIO) and candidates:
        minutes, seconds = divmod(int(probe.seconds + 0.5), 60)
        return _("It plays for %(duration)s, which does not fit into %(most)s, the most that this channel takes.") % {
            "duration": f"{minutes}:{seconds:02}",
            "most": most,
        }
    if not takes(rule, probe.mime_type):
        return _("This channel does not take %(type)s files. It takes: %(types)s.") % {
            "type": label_of(probe.mime_type),
            "types": ", ".join(label_of(each) for each in rule.mime_types),
        }
    return _("It has %(size)s; this channel takes at most %(most)s.") % {"size": size, "most": most}
