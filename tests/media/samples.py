"""Real files, made here: every kind that people send, and what goes wrong with them."""

from __future__ import annotations

import array
import io
import math
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import av
import pillow_heif
from PIL import Image

pillow_heif.register_heif_opener()

GPS = 0x8825
ORIENTATION = 0x0112


def picture(form: str, mode: str = "RGB", size: tuple[int, int] = (90, 60), **how: Any) -> bytes:
    """A picture with something on it: a red left half, a blue right one."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (size[0] // 2, 0, *size))
    if mode == "RGBA":
        image.putalpha(Image.linear_gradient("L").resize(size))
    elif mode == "I;16":
        image = Image.new(mode, size, 60_000)
    else:
        image = image.convert(mode)
    return _saved(image, form, **how)


def animation(form: str) -> bytes:
    frames = [Image.new("RGB", (60, 40), (number * 20, 0, 0)) for number in range(10)]
    return _saved(frames[0], form, save_all=True, append_images=frames[1:], duration=80)


@cache
def vast_png(side: int) -> bytes:
    """A black square of one bit a pixel, packed row by row: nobody ever holds it whole."""
    packer, row = zlib.compressobj(1), bytes(1 + (side + 7) // 8)
    pixels = b"".join([*(packer.compress(row) for _row in range(side)), packer.flush()])
    parts = (b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)), (b"IDAT", pixels), (b"IEND", b"")
    chunks = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def rotated_jpeg() -> bytes:
    """As phones hold pictures: lying, with a note to turn it, and where it was taken."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif.get_ifd(GPS).update({1: "N", 2: (22.0, 17.0, 8.0), 3: "E", 4: (114.0, 9.0, 30.0)})
    return picture("JPEG", exif=exif)


def noise(form: str, size: tuple[int, int], **how: Any) -> bytes:
    """A picture that hardly compresses."""
    return _saved(Image.effect_noise(size, 90).convert("RGB"), form, **how)


def _saved(image: Image.Image, form: str, **how: Any) -> bytes:
    target = io.BytesIO()
    image.save(target, form, **how)
    return target.getvalue()


@cache
def film(
    form: str = "mp4",
    video: str = "libx264",
    audio: str = "aac",
    *,
    seconds: float = 1.0,
    size: tuple[int, int] = (176, 144),
    options: tuple[tuple[str, str], ...] = (),
    noisy: bool = False,
) -> bytes:
    """A moving picture, with a tone unless `audio` is empty."""

    def write(container: Any) -> None:
        pictures = container.add_stream(video, rate=10)
        pictures.width, pictures.height = size
        pictures.pix_fmt = "yuv420p"
        sound = _sound_stream(container, audio, 1) if audio else None
        for number in range(int(10 * seconds)):
            image = Image.new("RGB", size, (number * 20 % 256, 80, 40))
            image.paste("white", (number % 10 * 10, 0, number % 10 * 10 + 20, 30))
            if noisy:
                image = Image.effect_noise(size, 90).convert("RGB")
            frame: Any = av.VideoFrame.from_image(image)
            frame.pts, frame.time_base = number, Fraction(1, 10)
            container.mux(pictures.encode(frame))
        if sound is not None:
            _play(container, sound, seconds, 1)
        container.mux(pictures.encode(None))

    return _muxed(form, write, dict(options))


@cache
def sound(form: str, codec: str, *, seconds: float = 1.0, channels: int = 1) -> bytes:
    def write(container: Any) -> None:
        _play(container, _sound_stream(container, codec, channels), seconds, channels)

    return _muxed(form, write, {})


def turned(mp4: bytes) -> bytes:
    """The film with a note that it is to be shown turned by 90 degrees clockwise, as phones write it."""
    at = mp4.index(b"tkhd") + 4 + 40  # version 0: the matrix follows 40 bytes after the name
    one = 1 << 16
    return mp4[:at] + struct.pack(">9i", 0, one, 0, -one, 0, 0, 0, 0, 1 << 30) + mp4[at + 36 :]


def _sound_stream(container: Any, codec: str, channels: int) -> Any:
    rate = {"libopus": 48_000, "libopencore_amrnb": 8_000}.get(codec, 44_100)
    return container.add_stream(codec, rate=rate, layout="mono" if channels == 1 else "stereo")


def _play(container: Any, stream: Any, seconds: float, channels: int) -> None:
    """A tone that grows louder."""
    count = int(stream.rate * seconds)
    tone = (int(30_000 * at / count * math.sin(at * 0.06)) for at in range(count))
    samples = array.array("h", (level for level in tone for _channel in range(channels)))
    frame: Any = av.AudioFrame(format="s16", layout="mono" if channels == 1 else "stereo", samples=count)
    frame.planes[0].update(samples.tobytes())
    frame.rate, frame.pts = stream.rate, 0
    container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def _muxed(form: str, write: Callable[[Any], None], options: dict[str, str]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        with av.open(str(path), "w", format=form, options=options) as container:
            write(container)
        return path.read_bytes()


PDF = b"%PDF-1.4\n1 0 obj\n<</Type/Catalog>>\nendobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!DOCTYPE html><html><head><title>x</title></head><body><script>alert(1)</script></body></html>"
EXE = (
    b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00"
    + b"\x00" * 44
    + b"\x80\x00\x00\x00"
    + b"\x00" * 64
    + (b"PE\x00\x00\x64\x86" + b"\x00" * 200)
)


def archive(*names: str, content: bytes = b"") -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for name in names:
            file.writestr(name, content)
    return target.getvalue()
