"""How files go out on a channel: as they are, as something else, as documents, or with a sentence that says why not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from channels_adapters.registry import adapter_for, kinds
from channels_adapters.types import ANY_TYPE, ChannelKind, MediaRule, MessageKind
from inbox.media.planning import CannotBeSent, Plan, plan_for, preview_recipe
from media_converter.probe import AUDIO, DOCUMENT, IMAGE, VIDEO, Probe
from media_converter.recipes import FILM_PREVIEW, PICTURE_PREVIEW, SOUND_PREVIEW, Recipe

MB = 1024 * 1024
PDF = Probe(DOCUMENT, "application/pdf", 2 * MB)
ZIP = Probe(DOCUMENT, "application/zip", 2 * MB)
JPEG = Probe(IMAGE, "image/jpeg", MB, 1200, 900, codecs=("RGB",))
PNG = Probe(IMAGE, "image/png", MB, 1200, 900, codecs=("RGBA",), alpha=True)
CSV = Probe(DOCUMENT, "text/csv", 4 * 1024)
HEIC = replace(JPEG, mime_type="image/heic")
WEBP = Probe(IMAGE, "image/webp", 80 * 1024, 512, 512, codecs=("RGBA",), alpha=True)
GIF = Probe(IMAGE, "image/gif", MB, 300, 200, codecs=("P",), animated=True)
VOICE = Probe(AUDIO, "audio/ogg", 60 * 1024, duration_ms=20_000, codecs=("opus",), channels=1)
WEBM_VOICE = replace(VOICE, mime_type="audio/webm")
MP3 = Probe(AUDIO, "audio/mpeg", 3 * MB, duration_ms=180_000, codecs=("mp3",), channels=2)
AMR = Probe(AUDIO, "audio/amr", 30 * 1024, duration_ms=20_000, codecs=("amr_nb",), channels=1)
MP4 = Probe(VIDEO, "video/mp4", 8 * MB, 1280, 720, 60_000, codecs=("h264", "aac"), channels=2)
MOV = replace(MP4, mime_type="video/quicktime", codecs=("hevc", "aac"), size=40 * MB)

# Like WhatsApp: much is refused, and everything may go as a document of a listed type.
STRICT = {
    MessageKind.IMAGE: MediaRule(("image/jpeg", "image/png"), 5 * MB),
    MessageKind.VIDEO: MediaRule(("video/mp4", "video/3gpp"), 16 * MB, codecs=frozenset({"h264", "aac"})),
    MessageKind.AUDIO: MediaRule(
        ("audio/mpeg", "audio/ogg", "audio/amr"), 16 * MB, codecs=frozenset({"mp3", "opus", "amr_nb"})
    ),
    MessageKind.VOICE: MediaRule(("audio/ogg",), 512 * 1024, codecs=frozenset({"opus"}), mono=True),
    MessageKind.STICKER: MediaRule(("image/webp",), 100 * 1024, max_animated_bytes=500 * 1024),
    MessageKind.DOCUMENT: MediaRule(("application/pdf", "text/plain"), 16 * MB),
}
# Like WeChat: no documents, and one kind of sound.
NARROW = {
    MessageKind.IMAGE: MediaRule(("image/jpeg", "image/png", "image/gif"), 2 * MB),
    MessageKind.VIDEO: MediaRule(("video/mp4",), 10 * MB),
    MessageKind.VOICE: MediaRule(("audio/mpeg", "audio/amr"), 2 * MB, max_seconds=60),
}
# Like Messenger: nearly anything.
OPEN = {
    MessageKind.IMAGE: MediaRule(("image/jpeg", "image/png", "image/gif"), 8 * MB),
    MessageKind.AUDIO: MediaRule(("audio/mpeg", "audio/mp4"), 25 * MB),
    MessageKind.VIDEO: MediaRule(("video/mp4",), 25 * MB),
    MessageKind.DOCUMENT: MediaRule((ANY_TYPE,), 25 * MB),
}


@pytest.mark.parametrize(
    ("probe", "rules", "asked", "kind", "recipe"),
    [
        (JPEG, STRICT, {}, MessageKind.IMAGE, ""),
        (PNG, STRICT, {}, MessageKind.IMAGE, ""),
        (HEIC, STRICT, {}, MessageKind.IMAGE, "image/jpeg;max=5242880"),
        (WEBP, STRICT, {}, MessageKind.IMAGE, "image/png;max=5242880"),
        (WEBP, STRICT, {"as_sticker": True}, MessageKind.STICKER, ""),
        (PNG, STRICT, {"as_sticker": True}, MessageKind.STICKER, "image/webp;square;max=102400;side=512"),
        (PNG, OPEN, {"as_sticker": True}, MessageKind.IMAGE, ""),
        (replace(WEBP, size=300_000, animated=True), STRICT, {"as_sticker": True}, MessageKind.STICKER, ""),
        (replace(JPEG, size=9 * MB), STRICT, {}, MessageKind.IMAGE, "image/jpeg;max=5242880"),
        (replace(JPEG, codecs=("CMYK",)), STRICT, {}, MessageKind.IMAGE, "image/jpeg;max=5242880"),
        (replace(PNG, codecs=("I;16",), alpha=False), STRICT, {}, MessageKind.IMAGE, "image/jpeg;max=5242880"),
        (GIF, STRICT, {}, MessageKind.VIDEO, "video/mp4;max=16777216"),
        (GIF, OPEN, {}, MessageKind.IMAGE, ""),
        (GIF, {MessageKind.IMAGE: STRICT[MessageKind.IMAGE]}, {}, MessageKind.IMAGE, "image/jpeg;max=5242880"),
        (VOICE, STRICT, {"as_voice": True}, MessageKind.VOICE, ""),
        (VOICE, STRICT, {}, MessageKind.AUDIO, ""),
        (replace(VOICE, channels=2), STRICT, {"as_voice": True}, MessageKind.VOICE, "audio/ogg;mono;max=524288"),
        (WEBM_VOICE, STRICT, {"as_voice": True}, MessageKind.VOICE, "audio/ogg;mono;max=524288"),
        (WEBM_VOICE, OPEN, {"as_voice": True}, MessageKind.AUDIO, "audio/mpeg;max=26214400"),
        (WEBM_VOICE, NARROW, {"as_voice": True}, MessageKind.VOICE, "audio/mpeg;mono;max=2097152"),
        # Too long to be small: a file without the player of a voice message.
        (replace(VOICE, duration_ms=1_800_000, size=9 * MB), STRICT, {"as_voice": True}, MessageKind.AUDIO, ""),
        (MP3, STRICT, {}, MessageKind.AUDIO, ""),
        (AMR, NARROW, {}, MessageKind.VOICE, ""),
        (replace(AMR, mime_type="audio/3gpp"), STRICT, {}, MessageKind.AUDIO, "audio/mpeg;max=16777216"),
        (MP4, STRICT, {}, MessageKind.VIDEO, ""),
        (replace(MP4, codecs=("h264", "mp3")), STRICT, {}, MessageKind.VIDEO, "video/mp4;max=16777216"),
        (MOV, STRICT, {}, MessageKind.VIDEO, "video/mp4;max=16777216"),
        (PDF, STRICT, {}, MessageKind.DOCUMENT, ""),
        (ZIP, OPEN, {}, MessageKind.DOCUMENT, ""),
        (JPEG, OPEN, {"as_document": True}, MessageKind.DOCUMENT, ""),
        (replace(MOV, duration_ms=7_000_000, size=20 * MB), OPEN, {}, MessageKind.DOCUMENT, ""),
        (replace(JPEG, kind=DOCUMENT, problem="pixels"), OPEN, {}, MessageKind.DOCUMENT, ""),
    ],
)
def test_files_go_out_as_well_as_the_channel_takes_them(
    probe: Probe, rules: dict[MessageKind, MediaRule], asked: dict[str, bool], kind: MessageKind, recipe: str
) -> None:
    plan = plan_for(probe, rules, **asked)
    assert (plan.kind, plan.recipe) == (kind, recipe)
    assert (plan.mime_type == probe.mime_type) or recipe


@pytest.mark.parametrize(
    ("plan", "notes"),
    [
        (plan_for(HEIC, STRICT), ["It will be sent as JPEG; this channel does not take HEIC."]),
        (plan_for(replace(JPEG, size=9 * MB), STRICT), ["It will be made smaller, to at most 5.0\xa0MB."]),
        (plan_for(GIF, STRICT), ["It will be sent as a video, because it moves."]),
        (
            plan_for(GIF, {MessageKind.IMAGE: STRICT[MessageKind.IMAGE]}),
            [
                "It will be sent as JPEG; this channel does not take GIF.",
                "It no longer moves: this channel gets its first picture.",
            ],
        ),
        (
            plan_for(WEBP, {MessageKind.IMAGE: MediaRule(("image/jpeg",), MB)}),
            ["It will be sent as JPEG; this channel does not take WEBP.", "What is transparent becomes white."],
        ),
        (
            plan_for(replace(MP4, codecs=("h264", "mp3")), STRICT),
            ["It will be converted, because this channel does not play it as it is."],
        ),
        (plan_for(replace(MOV, duration_ms=7_000_000, size=20 * MB), OPEN), ["It will be sent as a document."]),
        (plan_for(PDF, STRICT), []),
        (plan_for(VOICE, STRICT, as_voice=True), []),
        (
            plan_for(replace(VOICE, duration_ms=1_800_000, size=9 * MB), STRICT, as_voice=True),
            ["It is too long for a voice message, so it will be sent as audio."],
        ),
        (plan_for(CSV, adapter_for(ChannelKind.WHATSAPP).capabilities.media), ["It will be sent as plain text."]),
        (plan_for(JPEG, OPEN, as_document=True), []),
    ],
)
def test_the_agent_is_told_beforehand(plan: Plan, notes: list[str]) -> None:
    assert list(plan.notes) == notes


@pytest.mark.parametrize(
    ("probe", "rules", "words"),
    [
        (ZIP, STRICT, "This channel does not take ZIP files. It takes: PDF, TXT."),
        (replace(PDF, size=20 * MB), STRICT, "It has 20.0\xa0MB; this channel takes at most 16.0\xa0MB."),
        (PDF, NARROW, "This channel takes no documents."),
        (JPEG, {}, "This channel takes no pictures."),
        (MP4, {}, "This channel takes no videos."),
        (MP3, {}, "This channel takes no audio."),
        (replace(AMR, duration_ms=125_000), NARROW, "It is 125 seconds long; this channel takes at most 60."),
        (
            replace(MOV, duration_ms=5_400_000),
            STRICT,
            "It plays for 90:00, which does not fit into 16.0\xa0MB, the most that this channel takes.",
        ),
    ],
)
def test_what_cannot_be_sent_says_why(probe: Probe, rules: dict[MessageKind, MediaRule], words: str) -> None:
    with pytest.raises(CannotBeSent) as refusal:
        plan_for(probe, rules)
    assert str(refusal.value) == words


@pytest.mark.parametrize("seconds", [10, 60, 240])
def test_estimates_stay_below_the_limit(seconds: int) -> None:
    plan = plan_for(replace(MOV, duration_ms=seconds * 1000), STRICT)
    assert plan.estimated_bytes is not None
    assert 100_000 < plan.estimated_bytes <= 16 * MB


@pytest.mark.parametrize("kind", kinds())
@pytest.mark.parametrize("probe", [JPEG, PNG, HEIC, WEBP, GIF, VOICE, WEBM_VOICE, AMR])
def test_every_channel_takes_what_people_send(probe: Probe, kind: ChannelKind) -> None:
    media = adapter_for(kind).capabilities.media
    plan = plan_for(probe, media)
    assert not plan.recipe or Recipe.parse(plan.recipe).max_bytes == media[plan.kind].max_bytes


@pytest.mark.parametrize(
    ("probe", "recipe"),
    [
        (JPEG, ""),
        (HEIC, PICTURE_PREVIEW),
        (VOICE, ""),
        (AMR, SOUND_PREVIEW),
        (MP4, ""),
        (MOV, FILM_PREVIEW),
        (replace(MP4, codecs=("hevc", "aac")), FILM_PREVIEW),
        (PDF, ""),
        (replace(HEIC, problem="damaged"), ""),
    ],
)
def test_browsers_get_what_they_can_show(probe: Probe, recipe: str) -> None:
    assert preview_recipe(probe) == recipe
