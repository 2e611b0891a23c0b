"""What a value of each type looks like: as it is typed, stored and shown. Pure, but for the language of the words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .patterns import fits

TEXT_LENGTH = 500
_NUMBER = re.compile(r"[+-]?\d{1,20}(\.\d{1,10})?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class FieldType(models.TextChoices):
    TEXT = "text", gettext_lazy("Text")
    NUMBER = "number", gettext_lazy("Number")
    DATE = "date", gettext_lazy("Date")
    BOOLEAN = "boolean", gettext_lazy("Yes or no")
    CHOICE = "choice", gettext_lazy("Choice")
    URL = "url", gettext_lazy("Web address")
    EMAIL = "email", gettext_lazy("E-mail address")
    PHONE = "phone", gettext_lazy("Phone number")


class ValueRefused(Exception):
    """The value cannot be stored; the message says why."""


@dataclass(frozen=True)
class Field:
    """What a customer may have a value for, whoever defined it."""

    key: str
    label: str
    type: str = FieldType.TEXT.value
    is_required: bool = False
    pattern: str = ""
    help_text: str = ""
    choices: Sequence[str] = ()


def own_fields() -> tuple[Field, ...]:
    """Return the fields that every workspace has."""
    return (
        Field("company", _("Company")),
        Field("email", _("E-mail"), FieldType.EMAIL.value),
    )


OWN = ("company", "email")


def cleaned(field: Field, typed: str) -> str:
    """Return a value in its stored form, "" for none. Raises ValueRefused."""
    text = " ".join(_CONTROL.sub(" ", typed).split())
    if not text:
        if field.is_required:
            raise ValueRefused(_("This must not be empty."))
        return ""
    if len(text) > TEXT_LENGTH:
        raise ValueRefused(_("This is too long: at most %(count)s characters fit.") % {"count": TEXT_LENGTH})
    if field.type == FieldType.CHOICE:
        if text not in field.choices:
            raise ValueRefused(_("Choose one of the list."))
        return text
    text = _READERS[field.type](text)
    if field.pattern and not fits(field.pattern, text):
        raise ValueRefused(field.help_text or _("This does not look as it should."))
    return text


def shown(field: Field, stored: str) -> str:
    """Return a stored value as people read it."""
    if field.type == FieldType.BOOLEAN and stored:
        return {"yes": _("Yes"), "no": _("No")}.get(stored, stored)
    return stored


def link_to(field: Field, stored: str) -> str:
    """Return where a value leads, "" for most. A stored address was checked; one of another type's time was not."""
    try:
        if not stored or cleaned(field, stored) != stored:
            return ""
    except ValueRefused:
        return ""
    scheme = {FieldType.URL: "", FieldType.EMAIL: "mailto:", FieldType.PHONE: "tel:"}.get(FieldType(field.type))
    return "" if scheme is None else f"{scheme}{stored}"


def _number(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).replace(" ", "")
    if not _NUMBER.fullmatch(text):
        raise ValueRefused(_("Write a number like 1234.5, without other signs."))
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueRefused(_("Write a number like 1234.5, without other signs.")) from None
    plain = f"{number:f}"
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return "0" if plain in ("-0", "0") else plain


def _date(text: str) -> str:
    try:
        return date.fromisoformat(unicodedata.normalize("NFKC", text)).isoformat()
    except ValueError:
        raise ValueRefused(_("Write a date as year-month-day, like 2026-11-22.")) from None


def _boolean(text: str) -> str:
    if text not in ("yes", "no"):
        raise ValueRefused(_("Choose yes or no."))
    return text


def _url(text: str) -> str:
    address = text if "://" in text else f"https://{text}"
    try:
        URLValidator(schemes=["http", "https"])(address)
    except ValidationError:
        raise ValueRefused(_("Write a web address like https://example.com/page.")) from None
    return address


def _email(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError:
        raise ValueRefused(_("Write an e-mail address like name@example.com.")) from None
    return text


def _phone(text: str) -> str:
    refusal = ValueRefused(_("Write a phone number with its country code, like +852 2345 6789."))
    text = unicodedata.normalize("NFKC", text)
    try:
        number = phonenumbers.parse(f"+{text[2:]}" if text.startswith("00") else text)
    except phonenumbers.NumberParseException:
        raise refusal from None
    if not phonenumbers.is_possible_number(number):
        raise refusal
    e164: str = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return e164


_READERS: Mapping[str, Callable[[str], str]] = {
    FieldType.TEXT.value: str,
    FieldType.NUMBER.value: _number,
    FieldType.DATE.value: _date,
    FieldType.BOOLEAN.value: _boolean,
    FieldType.URL.value: _url,
    FieldType.EMAIL.value: _email,
    FieldType.PHONE.value: _phone,
}
