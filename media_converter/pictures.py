"""Pictures: looked at without decoding more than is allowed, turned upright, made smaller, freed of what they tell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pillow_heif
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageOps,
    ImageSequence,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from .probe import IMAGE, Probe
from .protocol import TOO_LARGE, TOO_MANY_PIXELS, Job, Unfit
from .recipes import Recipe

pillow_heif.register_heif_opener()
Image.MAX_IMAGE_PIXELS = None  # the limit is the job's

# What may be opened: nothing that runs a program, reads another file or was never meant for photographs.
_FORMATS = {
    JpegImagePlugin.JpegImageFile.format: "image/jpeg",
    MpoImagePlugin.MpoImageFile.format: "image/jpeg",
    PngImagePlugin.PngImageFile.format: "image/png",
    GifImagePlugin.GifImageFile.format: "image/gif",
    WebPImagePlugin.WebPImageFile.format: "image/webp",
    AvifImagePlugin.AvifImageFile.format: "image/avif",
    pillow_heif.HeifImageFile.format: "image/heic",
    TiffImagePlugin.TiffImageFile.format: "image/tiff",
    BmpImagePlugin.BmpImageFile.format: "image/bmp",
}
_OPENED = [name for name in _FORMATS if name in Image.OPEN]  # the JPEG opener finds the two kinds of its own
_MOVING = {"PNG", "GIF", "WEBP", "AVIF"}
_ORIENTATION = 0x0112
_QUALITIES = (88, 80, 70, 60)
_SHRINK = 0.75
_SMALLEST_SIDE = 160
_WHITE, _NOTHING = (255, 255, 255), (0, 0, 0, 0)


def opened(path: str | Path, max_pixels: int) -> Image.Image:
    """Open a picture; nothing of it is decoded yet. Raises Unfit."""
    picture = Image.open(path, formats=_OPENED)
    if picture.width * picture.height > max_pixels:
        raise Unfit(TOO_MANY_PIXELS)
    return picture


def look(job: Job) -> Probe:
    """Say what the picture is; it is decoded once, so that one that ends too early is found."""
    with opened(job.source, job.max_pixels) as picture:
        kind = picture.format or ""
        width, height, mode = picture.width, picture.height, picture.mode
        orientation = picture.getexif().get(_ORIENTATION, 1)
        animated = kind in _MOVING and getattr(picture, "is_animated", False)
        alpha = picture.has_transparency_data
        picture.draft("RGB", (max(1, width // 8), max(1, height // 8)))  # a JPEG: eight times as fast, as thorough
        picture.load()
    if orientation in (5, 6, 7, 8):
        width, height = height, width
    return Probe(
        IMAGE,
        _FORMATS[kind],
        Path(job.source).stat().st_size,
        width,
        height,
        container=kind.lower(),
        codecs=(mode,),
        animated=animated,
        alpha=alpha,
        turned=orientation in range(2, 9),
    )


def make(job: Job, recipe: Recipe) -> None:
    with opened(job.source, job.max_pixels) as picture:
        if recipe.max_side:
            picture.draft("RGB", (recipe.max_side, recipe.max_side))
        save(upright(picture), Path(job.target), recipe)


def frames(path: str, max_pixels: int) -> Iterator[tuple[Image.Image, int]]:
    """Yield the pictures of an animation one after the other, and how many milliseconds each is shown. Raises Unfit."""
    with opened(path, max_pixels) as picture:
        for frame in ImageSequence.Iterator(picture):
            frame.load()  # some say only now how long
            # Browsers show what has no time, or next to none, for a tenth of a second.
            milliseconds = int(frame.info.get("duration") or 0)
            yield frame, milliseconds if milliseconds > 10 else 100


def upright(picture: Image.Image) -> Image.Image:
    """Return the picture as it is meant to be seen, in eight bits a colour."""
    turned = ImageOps.exif_transpose(picture)
    if turned.mode.startswith(("I", "F")):
        turned = turned.convert("I").point(lambda value: value / 256).convert("L")
    return turned.convert("RGBA" if turned.has_transparency_data else "RGB")


def on_white(picture: Image.Image) -> Image.Image:
    if picture.mode != "RGBA":
        return picture.convert("RGB")
    ground = Image.new("RGB", picture.size, _WHITE)
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground


def save(picture: Image.Image, target: Path, recipe: Recipe) -> None:
    """Write the picture within the recipe's limits, and nothing of where or by whom it was taken. Raises Unfit."""
    profile = picture.info.get("icc_profile")
    picture = on_white(picture) if recipe.mime_type == "image/jpeg" else picture
    picture.info = {}  # encoders take metadata from here
    if recipe.square:
        picture = ImageOps.pad(picture.convert("RGBA"), (recipe.max_side, recipe.max_side), color=_NOTHING)
    elif recipe.max_side:
        picture.thumbnail((recipe.max_side, recipe.max_side), Image.Resampling.LANCZOS)
    while True:
        for quality in _QUALITIES if recipe.mime_type != "image/png" else _QUALITIES[:1]:
            _write(picture, target, recipe.mime_type, quality, profile)
            if not recipe.max_bytes or target.stat().st_size <= recipe.max_bytes:
                return
        if recipe.square or max(picture.size) * _SHRINK < _SMALLEST_SIDE:
            raise Unfit(TOO_LARGE)
        smaller = (max(1, int(picture.width * _SHRINK)), max(1, int(picture.height * _SHRINK)))
        picture = picture.resize(smaller, Image.Resampling.LANCZOS)


def _write(picture: Image.Image, target: Path, mime_type: str, quality: int, profile: bytes | None) -> None:
    match mime_type:
        case "image/jpeg":
            picture.save(target, "JPEG", quality=quality, progressive=True, icc_profile=profile)
        case "image/webp":
            picture.save(target, "WEBP", quality=quality, icc_profile=profile)
        case _:
            picture.save(target, "PNG", icc_profile=profile)
