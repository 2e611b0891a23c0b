"""What we know of file types: endings, families, and what a browser may show inside a page."""

from __future__ import annotations

from media_converter.probe import AUDIO, DOCUMENT, IMAGE, VIDEO

UNKNOWN = "application/octet-stream"
_OFFICE = "application/vnd.openxmlformats-officedocument"

# The first ending is the one given to a file whose own is wrong.
ENDINGS: dict[str, tuple[str, ...]] = {
    "image/jpeg": ("jpg", "jpeg", "jpe", "jfif"),
    "image/png": ("png", "apng"),
    "image/gif": ("gif",),
    "image/webp": ("webp",),
    "image/heic": ("heic", "heif", "hif"),
    "image/avif": ("avif",),
    "image/tiff": ("tif", "tiff"),
    "image/bmp": ("bmp", "dib"),
    "image/svg+xml": ("svg",),
    "audio/ogg": ("ogg", "oga", "opus"),
    "audio/mpeg": ("mp3", "mpga", "mp2"),
    "audio/mp4": ("m4a", "mp4", "m4b"),
    "audio/aac": ("aac", "adts"),
    "audio/amr": ("amr",),
    "audio/3gpp": ("3gp", "3ga", "3gpp"),
    "audio/wav": ("wav", "wave"),
    "audio/flac": ("flac",),
    "audio/aiff": ("aiff", "aif"),
    "audio/webm": ("webm", "weba"),
    "audio/x-ms-wma": ("wma",),
    "audio/x-matroska": ("mka",),
    "video/mp4": ("mp4", "m4v", "mov"),
    "video/3gpp": ("3gp", "3gpp"),
    "video/quicktime": ("mov", "qt"),
    "video/webm": ("webm",),
    "video/x-matroska": ("mkv",),
    "video/x-msvideo": ("avi",),
    "video/ogg": ("ogv", "ogg"),
    "video/mpeg": ("mpg", "mpeg"),
    "video/mp2t": ("ts", "mts", "m2ts"),
    "video/x-ms-wmv": ("wmv", "asf"),
    "application/pdf": ("pdf",),
    "application/rtf": ("rtf",),
    "application/zip": ("zip", "jar", "apk", "epub", "kmz"),
    "application/gzip": ("gz", "tgz", "svgz"),
    "application/x-7z-compressed": ("7z",),
    "application/vnd.rar": ("rar",),
    "application/msword": ("doc", "dot"),
    "application/vnd.ms-excel": ("xls", "xlt"),
    "application/vnd.ms-powerpoint": ("ppt", "pps"),
    f"{_OFFICE}.wordprocessingml.document": ("docx", "docm"),
    f"{_OFFICE}.spreadsheetml.sheet": ("xlsx", "xlsm"),
    f"{_OFFICE}.presentationml.presentation": ("pptx", "pptm"),
    "application/vnd.oasis.opendocument.text": ("odt",),
    "application/vnd.oasis.opendocument.spreadsheet": ("ods",),
    "application/vnd.oasis.opendocument.presentation": ("odp",),
    "text/html": ("html", "htm", "xhtml"),
    "text/csv": ("csv",),
    "text/calendar": ("ics",),
    "text/vcard": ("vcf",),
    "application/json": ("json",),
    "text/xml": ("xml", "xsd", "kml", "gpx"),
    "application/vnd.microsoft.portable-executable": ("exe", "dll", "scr", "msi"),
}

# Other words for the same, as libmagic and browsers spell them.
_SAME = {
    "audio/x-m4a": "audio/mp4",
    "audio/x-hx-aac-adts": "audio/aac",
    "audio/x-wav": "audio/wav",
    "audio/vnd.wave": "audio/wav",
    "audio/x-flac": "audio/flac",
    "audio/x-aiff": "audio/aiff",
    "audio/x-aac": "audio/aac",
    "audio/mp3": "audio/mpeg",
    "audio/opus": "audio/ogg",
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/heif": "image/heic",
    "image/heic-sequence": "image/heic",
    "image/heif-sequence": "image/heic",
    "image/apng": "image/png",
    "image/vnd.mozilla.apng": "image/png",
    "image/x-ms-bmp": "image/bmp",
    "image/svg": "image/svg+xml",
    "video/3gpp2": "video/3gpp",
    "video/x-m4v": "video/mp4",
    "video/x-ms-asf": "video/x-ms-wmv",
    "video/avi": "video/x-msvideo",
    "application/x-gzip": "application/gzip",
    "application/x-rar": "application/vnd.rar",
    "application/x-dosexec": "application/vnd.microsoft.portable-executable",
    "application/x-empty": UNKNOWN,
    "application/xml": "text/xml",
    "application/csv": "text/csv",
    "text/rtf": "application/rtf",
    "text/x-vcard": "text/vcard",
}

# Types that are a family in the bytes and told apart by their ending alone, none of them more dangerous than another.
_OLE = {"application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint"}
_TEXTS = {"text/csv", "text/calendar", "text/vcard", "application/json"}

INLINE_TYPES = frozenset(
    {
        "image/jpeg",
        "image/png",
        "image/gif",
        "image/webp",
        "video/mp4",
        "video/webm",
        "audio/ogg",
        "audio/webm",
        "audio/mpeg",
        "audio/mp4",
        "application/pdf",
    }
)

# Documents that browsers would run: they leave as bytes without a type.
ACTIVE_TYPES = frozenset({"text/html", "text/xml", "image/svg+xml", "application/xhtml+xml", "text/javascript"})


def usual_name(mime_type: str) -> str:
    """Return a type's usual name, without parameters: "audio/ogg" for "Audio/Opus; rate=48000"."""
    name = mime_type.partition(";")[0].strip().lower()
    return _SAME.get(name, name)


def kind_of(mime_type: str) -> str:
    """Return what a file of this type is shown as: a document, if we do not open such files."""
    if mime_type not in ENDINGS or mime_type == "image/svg+xml":  # which can hold scripts, drawn or not
        return DOCUMENT
    family = mime_type.partition("/")[0]
    return family if family in (IMAGE, VIDEO, AUDIO) else DOCUMENT


def ending_of(filename: str) -> str:
    """Return the letters after the last dot in lower case, "" where they are no ending."""
    stem, dot, ending = filename.rpartition(".")
    return ending.lower() if dot and stem and ending.isalnum() and len(ending) <= 10 else ""


def by_ending(ending: str, family: str) -> str:
    """Return the type inside a family of libmagic's ("ole", "text") that the ending names, "" for none."""
    types = {"ole": _OLE, "text": _TEXTS}[family]
    return next((each for each in sorted(types) if ending in ENDINGS[each]), "")


def label_of(mime_type: str) -> str:
    """Return what people call the type: JPEG, MP4, PDF."""
    if special := {"image/jpeg": "JPEG", "text/plain": "TXT"}.get(mime_type):
        return special
    return ENDINGS.get(usual_name(mime_type), (mime_type.rpartition("/")[2],))[0].upper()
