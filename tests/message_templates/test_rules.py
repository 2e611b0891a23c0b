"""What the vendor would refuse is said before anything is submitted, at the input it is about."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.devstack.flower_templates import TEMPLATES
from inbox.devstack.simulator.templates import complaint_about
from inbox.message_templates.components import is_supported
from inbox.message_templates.drafts import ButtonDraft, Draft, components_of, draft_of
from inbox.message_templates.passcodes import PasscodeDraft, with_vendors_words
from inbox.message_templates.previews import preview_of
from inbox.message_templates.rules import problems_of

SOUND = Draft(
    name="order_ready",
    language="en",
    category="UTILITY",
    header_format="TEXT",
    header_text="Order {{1}}",
    body="Dear {{1}}, your {{2}} is ready to collect.",
    footer="Lotus Flowers",
    buttons=(
        ButtonDraft("QUICK_REPLY", "Thanks"),
        ButtonDraft("URL", "See", "https://lotus.example/{{1}}", "https://lotus.example/LF1"),
        ButtonDraft("PHONE_NUMBER", "Call", "+85221110001"),
        ButtonDraft("COPY_CODE", example="LOTUS"),
    ),
    examples={"header.1": "LF1", "body.1": "Ada", "body.2": "bouquet"},
)


def test_a_sound_template_passes_here_and_at_the_vendor() -> None:
    assert problems_of(SOUND) == {}
    assert complaint_about(SOUND.name, components_of(SOUND)) is None


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"name": ""}, "name"),
        ({"name": "Order Ready"}, "name"),
        ({"name": "a" * 513}, "name"),
        ({"language": "xx"}, "language"),
        ({"category": "NEWSLETTER"}, "category"),
        ({"header_text": ""}, "header_text"),
        ({"header_text": "x" * 61}, "header_text"),
        ({"header_text": "{{1}} {{2}}"}, "header_text"),
        ({"header_format": "IMAGE"}, "header_handle"),
        ({"header_format": "SONG"}, "header_format"),
        ({"body": ""}, "body"),
        ({"body": "x" * 1025}, "body"),
        ({"body": "{{1}}, your {{2}} is ready"}, "body"),
        ({"body": "Your order is ready, {{1}}"}, "body"),
        ({"body": "Dear {{1}} {{2}} your order is ready."}, "body"),
        ({"body": "Dear {{1}}, your {{3}} is ready."}, "body"),
        ({"body": "Dear {{1}}, your {{what}} is ready.", "header_format": ""}, "body"),
        ({"body": "Dear {{First Name}}, it is ready."}, "body"),
        ({"body": "A {{1}} b {{2}}!", "header_format": ""}, "body"),
        ({"footer": "x" * 61}, "footer"),
        ({"footer": "For {{1}}"}, "footer"),
        ({"examples": {"header.1": "LF1", "body.1": "Ada"}}, "example.body.2"),
        ({"buttons": tuple(ButtonDraft("QUICK_REPLY", str(number)) for number in range(11))}, "buttons"),
        ({"buttons": (ButtonDraft("QUICK_REPLY", "A"), ButtonDraft("QUICK_REPLY", "A"))}, "buttons"),
        ({"buttons": (ButtonDraft("COPY_CODE", example="A"), ButtonDraft("COPY_CODE", example="B"))}, "buttons"),
        ({"buttons": (ButtonDraft("QUICK_REPLY"),)}, "button.0"),
        ({"buttons": (ButtonDraft("", "Forgot the kind"),)}, "button.0"),
        ({"buttons": (ButtonDraft("QUICK_REPLY", "x" * 26),)}, "button.0"),
        ({"buttons": (ButtonDraft("URL", "See", "lotus.example"),)}, "button.0"),
        ({"buttons": (ButtonDraft("URL", "See", "https://{{1}}.example/x", "https://a.example/x"),)}, "button.0"),
        ({"buttons": (ButtonDraft("URL", "See", "https://lotus.example/{{1}}"),)}, "button.0"),
        ({"buttons": (ButtonDraft("URL", "See", "https://[lotus"),)}, "button.0"),
        ({"buttons": (ButtonDraft("PHONE_NUMBER", "Call", "shop"),)}, "button.0"),
        ({"buttons": (ButtonDraft("COPY_CODE", example="x" * 16),)}, "button.0"),
    ],
)
def test_each_rule_is_told_where_it_is_broken(change: dict[str, object], where: str) -> None:
    problems = problems_of(replace(SOUND, **change))  # type: ignore[arg-type]

    assert list(problems) == [where]
    assert problems[where].strip()


PASSCODE = Draft(name="code", language="en", category="AUTHENTICATION", body="{{1}} is of no use here")
APP = PasscodeDraft(kind="ONE_TAP", has_advice=False, package="com.lotus.app", signature="K8a/AINcGX7")


@pytest.mark.parametrize(
    ("passcode", "where"),
    [
        (PasscodeDraft(), []),
        (PasscodeDraft(minutes="90", text="Copy it"), []),
        (APP, []),
        (PasscodeDraft(minutes="91"), ["passcode.minutes"]),
        (PasscodeDraft(minutes="ten"), ["passcode.minutes"]),
        (PasscodeDraft(minutes="0"), ["passcode.minutes"]),
        (PasscodeDraft(text="x" * 26), ["passcode.text"]),
        (PasscodeDraft(kind="ZERO_TAP"), ["passcode.kind"]),
        (replace(APP, package="lotus", signature="short"), ["passcode.package", "passcode.signature"]),
    ],
)
def test_of_a_passcode_only_what_may_be_chosen_is_judged(passcode: PasscodeDraft, where: list[str]) -> None:
    assert list(problems_of(replace(PASSCODE, passcode=passcode))) == where


def test_a_passcode_is_submitted_as_the_vendor_wants_it_and_comes_back() -> None:
    passcode = replace(APP, has_advice=True, minutes="5", text="Copy it", autofill_text="Fill it in")

    sent = components_of(replace(PASSCODE, passcode=passcode))

    app = {"package_name": "com.lotus.app", "signature_hash": "K8a/AINcGX7"}
    texts = {"text": "Copy it", "autofill_text": "Fill it in"}
    assert sent == [
        {"type": "BODY", "add_security_recommendation": True},
        {"type": "FOOTER", "code_expiration_minutes": 5},
        {"type": "BUTTONS", "buttons": [{"type": "OTP", "otp_type": "ONE_TAP", **texts, "supported_apps": [app]}]},
    ]
    assert draft_of("code", "en", "AUTHENTICATION", sent).passcode == passcode
    shown = preview_of(with_vendors_words(sent))
    assert shown["body"] == "*{{1}}* is your verification code. For your security, do not share this code."
    assert shown["footer"] == "This code expires in 5 minutes."


def test_quick_replies_stand_together() -> None:
    mixed = (ButtonDraft("QUICK_REPLY", "A"), ButtonDraft("COPY_CODE", example="B"), ButtonDraft("QUICK_REPLY", "C"))

    assert list(problems_of(replace(SOUND, buttons=mixed))) == ["buttons"]


def test_few_signs_say_much_in_chinese() -> None:
    draft = Draft(name="hi", language="zh_HK", body="你好{{1}}，歡迎", examples={"body.1": "美玲"})

    assert problems_of(draft) == {}


def test_a_template_comes_back_from_the_form_as_it_was() -> None:
    components = components_of(SOUND)

    again = draft_of(SOUND.name, SOUND.language, SOUND.category, components)

    assert components_of(again) == components


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: f"{template['name']}-{template['language']}")
def test_the_demos_templates_are_sound(template: dict[str, object]) -> None:
    components = template["components"]
    assert isinstance(components, list)

    assert is_supported(components)
    assert problems_of(draft_of(template["name"], template["language"], template["category"], components)) == {}  # type: ignore[arg-type]


texts = st.text(max_size=30) | st.sampled_from(["{{1}}", "Dear {{1}}, it is {{2}}.", "{{", "https://x.example/{{1}}"])


@given(
    body=texts,
    header=texts,
    footer=texts,
    buttons=st.lists(st.builds(ButtonDraft, texts, texts, texts, texts), max_size=3),
)
def test_any_form_is_judged_and_shown(body: str, header: str, footer: str, buttons: list[ButtonDraft]) -> None:
    draft = replace(
        SOUND, body=body, header_text=header, footer=footer, buttons=tuple(buttons), examples={"body.1": "x"}
    )

    problems = problems_of(draft)

    assert all(problems.values())
    if not problems:
        assert complaint_about(draft.name, components_of(draft)) is None
