"""What a member says about how they want to be told. One form: the table of ways, and the member's habits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from inbox.lib.zones import zone_names

from .models import Habits, Kind
from .policy import Ways

WAYS = tuple(field.name for field in fields(Ways))


class Days(forms.MultipleChoiceField):
    """Days of the week, kept as the digits of their `isoweekday`."""

    def prepare_value(self, value: Any) -> list[str]:
        return list(value or ())

    def clean(self, value: Any) -> str:
        return "".join(sorted(super().clean(value)))


class HabitsForm(forms.ModelForm[Habits]):
    zone = forms.ChoiceField(label=_("Time zone"), choices=lambda: [(name, name) for name in zone_names()])
    quiet_days = Days(
        label=_("No notifications all day on"),
        choices=[(str(number + 1), name) for number, name in sorted(WEEKDAYS.items())],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Habits
        fields = (
            *("language", "zone", "quiet_from", "quiet_until", "quiet_days"),
            *("tone", "repeats", "shows_words"),
        )
        widgets = {
            "quiet_from": forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
            "quiet_until": forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        }
        labels = {
            "language": _("Language of e-mails and of what your devices show"),
            "quiet_from": _("No notifications from"),
            "quiet_until": _("until"),
            "tone": _("Sound"),
            "repeats": _("Repeat the sound until I look"),
            "shows_words": _("Show names and what people wrote on my devices"),
        }
        help_texts = {
            "repeats": _("Every 30 seconds, for ten minutes at most."),
            "shows_words": _("Otherwise a device only says what happened. E-mails always show both."),
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if {"quiet_from", "quiet_until"} <= set(cleaned):
            begins, ends = cleaned["quiet_from"], cleaned["quiet_until"]
            if (begins is None) != (ends is None):
                self.add_error("quiet_from" if begins is None else "quiet_until", _("Give both times, or none."))
            elif begins is not None and begins == ends:
                self.add_error("quiet_until", _("These are the same times. Leave both empty to be told at any time."))
        return cleaned


def ways_in(data: Mapping[str, Any]) -> dict[str, Ways]:
    """Read the table: a box named `kind.way` is ticked or it is not."""
    return {kind: Ways(**{way: f"{kind}.{way}" in data for way in WAYS}) for kind in Kind.values}
