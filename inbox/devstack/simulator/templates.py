"""Message templates as a vendor keeps them, and what is wrong with one that is submitted."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from .http import JsonObject

VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
LIMITS = {"BODY": 1024, "HEADER": 60, "FOOTER": 60}
FORMATS = ("TEXT", "IMAGE", "VIDEO", "DOCUMENT", "LOCATION")
BUTTONS = ("QUICK_REPLY", "URL", "PHONE_NUMBER", "COPY_CODE", "FLOW", "CATALOG", "OTP", "VOICE_CALL")


@dataclass
class Template:
    """One template in one language."""

    id: str
    waba_id: str
    name: str
    language: str
    category: str
    components: list[JsonObject]
    parameter_format: str = "POSITIONAL"
    status: str = "PENDING"
    quality: str = "UNKNOWN"
    rejected_reason: str = "NONE"

    def to_json(self) -> JsonObject:
        return {
            "id": self.id,
            "name": self.name,
            "language": self.language,
            "status": self.status,
            "category": self.category,
            "components": self.components,
            "parameter_format": self.parameter_format,
            "quality_score": {"score": self.quality, "date": 1780000000},
            "rejected_reason": self.rejected_reason,
        }

    def part(self, kind: str) -> JsonObject:
        return next((item for item in self.components if str(item.get("type", "")).upper() == kind), {})

    @property
    def buttons(self) -> list[JsonObject]:
        return list(self.part("BUTTONS").get("buttons", []))


@dataclass(frozen=True)
class Complaint:
    """What the vendor tells the author: the subcode, a title and a sentence."""

    subcode: int
    title: str
    words: str = field(default="")


def complaint_about(name: str, components: Any) -> Complaint | None:
    """Return what the vendor would refuse, None when nothing."""
    if not re.fullmatch(r"[a-z0-9_]{1,512}", name):
        return Complaint(
            2388073, "Invalid name", "Message template name can only have lowercase letters and underscores."
        )
    if not isinstance(components, list) or not all(isinstance(item, dict) for item in components):
        return Complaint(2388043, "Components", "The components are not a list of objects.")
    parts = {str(item.get("type", "")).upper(): item for item in components}
    if "BODY" not in parts:
        return Complaint(2388043, "Body is missing", "A message template needs a body.")
    for kind, limit in LIMITS.items():
        text = str(parts.get(kind, {}).get("text", ""))
        if len(text) > limit:
            return Complaint(2388040, "Character limit", f"The {kind.lower()} has more than {limit} characters.")
    return _about_header(parts.get("HEADER")) or _about_body(parts["BODY"]) or _about_rest(parts)


def finished(components: Any, category: str) -> Any:
    """Return components with what the vendor writes itself: the text of a passcode, and the link behind its button."""
    if category != "AUTHENTICATION" or not isinstance(components, list):
        return components
    return [_finished(part) if isinstance(part, dict) else part for part in components]


def _finished(part: JsonObject) -> JsonObject:
    kind = str(part.get("type", "")).upper()
    if kind == "BODY":
        advice = " For your security, do not share this code." if part.get("add_security_recommendation") else ""
        text = "*{{1}}* is your verification code." + advice
        return {**part, "type": kind, "text": text, "example": {"body_text": [["123456"]]}}
    if kind == "FOOTER" and part.get("code_expiration_minutes"):
        return {**part, "type": kind, "text": f"This code expires in {part['code_expiration_minutes']} minutes."}
    if kind == "BUTTONS":
        return {"type": kind, "buttons": [_passcode_button(button) for button in part.get("buttons", [])]}
    return part


def _passcode_button(button: JsonObject) -> JsonObject:
    if str(button.get("type", "")).upper() != "OTP":
        return button
    apps = button.get("supported_apps") or [{}]
    told = {
        "otp_type": str(button.get("otp_type", "")).upper(),
        "cta_display_name": button.get("autofill_text"),
        **apps[0],
    }
    query = urlencode({name: value for name, value in told.items() if value})
    url = f"https://www.whatsapp.com/otp/code/?{query}&code=otp"
    return {"type": "URL", "text": button.get("text") or "Copy code", "url": url + "{{1}}", "example": [url + "123456"]}


def _about_header(header: JsonObject | None) -> Complaint | None:
    if header is None:
        return None
    kind = str(header.get("format", "")).upper()
    if kind not in FORMATS:
        return Complaint(2388047, "Header format", "The header's format is unknown.")
    example = header.get("example") or {}
    if kind in ("IMAGE", "VIDEO", "DOCUMENT") and not example.get("header_handle"):
        return Complaint(2388273, "Sample is missing", "A header with media needs a sample.")
    names = VARIABLE.findall(str(header.get("text", "")))
    if len(names) > 1:
        return Complaint(2388047, "Header format", "A header can have one variable.")
    if names and not (example.get("header_text") or example.get("header_text_named_params")):
        return Complaint(2388273, "Sample is missing", "The header's variable needs a sample.")
    return None


def _about_body(body: JsonObject) -> Complaint | None:
    text = str(body.get("text", "")).strip()
    if not text:
        return Complaint(2388043, "Body is missing", "A message template needs a body.")
    names = VARIABLE.findall(text)
    if not names:
        return None
    if VARIABLE.match(text) or re.search(r"\{\{\s*\w+\s*\}\}$", text):
        return Complaint(2388299, "Parameters", "Variables can't be at the start or end of the template.")
    if len(VARIABLE.sub(" ", text).split()) <= len(set(names)) and text.isascii():
        return Complaint(2388293, "Parameters", "This template has too many variables for its length.")
    numbers = sorted({int(name) for name in names if name.isdecimal()})
    if numbers and numbers != list(range(1, len(numbers) + 1)):
        return Complaint(2388072, "Parameters", "Variables must be numbered without gaps.")
    example = body.get("example") or {}
    rows = example.get("body_text") or [[]]
    given = len(example.get("body_text_named_params") or rows[0])
    if given != len(set(names)):
        return Complaint(2388273, "Sample is missing", "Each variable of the body needs a sample.")
    return None


def _about_rest(parts: dict[str, JsonObject]) -> Complaint | None:
    if "{{" in str(parts.get("FOOTER", {}).get("text", "")):
        return Complaint(2388040, "Footer", "A footer can't have variables.")
    buttons = parts.get("BUTTONS", {}).get("buttons", [])
    if not isinstance(buttons, list) or len(buttons) > 10:
        return Complaint(2388019, "Buttons", "A template can have at most 10 buttons.")
    for button in buttons:
        kind = str(button.get("type", "")).upper()
        if kind not in BUTTONS:
            return Complaint(2388019, "Buttons", "The type of a button is unknown.")
        if kind != "COPY_CODE" and not 1 <= len(str(button.get("text", ""))) <= 25:
            return Complaint(2388040, "Buttons", "A button's text has 1 to 25 characters.")
        if kind == "URL" and VARIABLE.search(str(button.get("url", ""))) and not button.get("example"):
            return Complaint(2388273, "Sample is missing", "A button's address with a variable needs a sample.")
    return None
