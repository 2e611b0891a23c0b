"""Templates for passcodes: the vendor writes their text in the template's language, and a button copies the code, or
hands it over to an app. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.utils.translation import gettext as _

from .components import Components, buttons_of, is_passcode_button

AUTHENTICATION = "AUTHENTICATION"
COPY, ONE_TAP = "COPY_CODE", "ONE_TAP"
BUTTON_TEXT_LIMIT = 25
LONGEST_MINUTES = 90

# The vendor's own words, in English: what it writes in other languages is known once it lists the template.
TEXT = "*{{1}}* is your verification code."
ADVICE = "For your security, do not share this code."
EXPIRES = "This code expires in %s minutes."
BUTTON = "Copy code"

_PACKAGE = re.compile(r"[A-Za-z]\w*(\.[A-Za-z]\w*)+", re.ASCII)
_SIGNATURE = re.compile(r"[A-Za-z0-9+/=]{11}")


@dataclass(frozen=True)
class PasscodeDraft:
    """What may be chosen: `minutes` until the code expires, as typed, empty for not saying it; of an app that takes the
    code by itself its `package` and the hash of its `signature`. An empty text leaves the words to the vendor."""

    kind: str = COPY
    has_advice: bool = True
    minutes: str = ""
    text: str = ""
    autofill_text: str = ""
    package: str = ""
    signature: str = ""


def components_of(draft: PasscodeDraft) -> list[dict[str, Any]]:
    """Return the components to submit."""
    parts: list[dict[str, Any]] = [{"type": "BODY", "add_security_recommendation": draft.has_advice}]
    if draft.minutes.isdecimal():
        parts.append({"type": "FOOTER", "code_expiration_minutes": int(draft.minutes)})
    button: dict[str, Any] = {"type": "OTP", "otp_type": draft.kind}
    button |= {"text": draft.text} if draft.text else {}
    if draft.kind == ONE_TAP:
        button |= {"autofill_text": draft.autofill_text} if draft.autofill_text else {}
        button["supported_apps"] = [{"package_name": draft.package, "signature_hash": draft.signature}]
    return [*parts, {"type": "BUTTONS", "buttons": [button]}]


def draft_of(components: Components) -> PasscodeDraft:
    """Return what to show in the form for components that were submitted, or that the vendor lists."""
    parts: dict[str, Mapping[str, Any]] = {str(part.get("type", "")).upper(): part for part in components}
    button = next((each for each in buttons_of(components) if is_passcode_button(each)), {})
    listed = {name: values[0] for name, values in parse_qs(urlsplit(str(button.get("url") or "")).query).items()}
    apps = button.get("supported_apps") or [listed]
    kind = str(button.get("otp_type") or listed.get("otp_type") or COPY).upper()
    return PasscodeDraft(
        kind=kind if kind in (COPY, ONE_TAP) else COPY,
        has_advice=bool(parts.get("BODY", {}).get("add_security_recommendation")),
        minutes=str(parts.get("FOOTER", {}).get("code_expiration_minutes") or ""),
        text=str(button.get("text") or ""),
        autofill_text=str(button.get("autofill_text") or listed.get("cta_display_name") or ""),
        package=str(apps[0].get("package_name") or ""),
        signature=str(apps[0].get("signature_hash") or ""),
    )


def with_vendors_words(components: Components) -> list[Mapping[str, Any]]:
    """Return components with the words that the vendor will put into them, where it writes them itself."""
    if not any(is_passcode_button(button) for button in buttons_of(components)):
        return list(components)
    return [_with_words(part) for part in components]


def _with_words(part: Mapping[str, Any]) -> Mapping[str, Any]:
    kind = str(part.get("type", "")).upper()
    if kind == "BODY" and not part.get("text"):
        return {**part, "text": f"{TEXT} {ADVICE}" if part.get("add_security_recommendation") else TEXT}
    if kind == "FOOTER" and not part.get("text"):
        return {**part, "text": EXPIRES % part.get("code_expiration_minutes", "")}
    if kind == "BUTTONS":
        return {**part, "buttons": [{"text": BUTTON, **button} for button in part["buttons"]]}
    return part


def problems_of(draft: PasscodeDraft) -> dict[str, str]:
    """Return what the vendor would refuse, by field."""
    problems = {}
    minutes = int(draft.minutes) if re.fullmatch("[0-9]{1,4}", draft.minutes) else 0
    if draft.minutes and not 1 <= minutes <= LONGEST_MINUTES:
        problems["minutes"] = _("Enter 1 to 90 minutes, or nothing.")
    if draft.kind not in (COPY, ONE_TAP):
        problems["kind"] = _("Choose one of the list.")
    for name, text in (("text", draft.text), ("autofill_text", draft.autofill_text)):
        if len(text) > BUTTON_TEXT_LIMIT or "\n" in text:
            problems[name] = _("A button has one line of at most %d characters.") % BUTTON_TEXT_LIMIT
    if draft.kind == ONE_TAP and not _PACKAGE.fullmatch(draft.package):
        problems["package"] = _("Enter the package name of the Android app, such as com.example.app.")
    if draft.kind == ONE_TAP and not _SIGNATURE.fullmatch(draft.signature):
        problems["signature"] = _("Enter the hash of the app's signature: 11 characters.")
    return problems
