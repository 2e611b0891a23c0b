"""Filling templates in: what is sent, what is seen, and what is refused by the name of each variable."""

from __future__ import annotations

import string
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.message_templates.filling import FilledTemplate, NotFilled, fill, prefilled, variables_of, why_not
from inbox.message_templates.formatting import phone_html
from inbox.message_templates.previews import preview_of

from .conftest import body


@dataclass
class Template:
    components: list[dict[str, Any]]
    parameter_format: str = "POSITIONAL"
    name: str = "order_ready"
    language: str = "en"
    category: str = "UTILITY"
    defaults: dict[str, str] = field(default_factory=dict)


URL = {"type": "URL", "text": "See", "url": "https://lotus.example/o/{{1}}", "example": ["https://lotus.example/o/LF1"]}
EVERYTHING = Template(
    [
        {"type": "HEADER", "format": "TEXT", "text": "Order {{1}}", "example": {"header_text": ["LF1"]}},
        body("Dear {{1}}, the {{2}} is ready.", "Ada", "rose"),
        {"type": "FOOTER", "text": "Lotus"},
        {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Thanks"}, URL, {"type": "COPY_CODE"}]},
    ]
)
VALUES = {"header.1": "LF7", "body.1": "Bo", "body.2": "lily", "button.1": "LF7", "button.2": "SPRING"}


def errors_of(template: Template, values: dict[str, str]) -> dict[str, str]:
    with pytest.raises(NotFilled) as refused:
        fill(template, values)
    return refused.value.errors


def test_the_variables_are_named_from_top_to_bottom() -> None:
    found = [(variable.key, variable.example) for variable in variables_of(EVERYTHING.components)]

    assert found == [("header.1", "LF1"), ("body.1", "Ada"), ("body.2", "rose"), ("button.1", "LF1"), ("button.2", "")]


def test_everything_is_sent_as_the_vendor_wants_it() -> None:
    filled = fill(EVERYTHING, VALUES)

    assert filled.components == (
        {"type": "header", "parameters": [{"type": "text", "text": "LF7"}]},
        {"type": "body", "parameters": [{"type": "text", "text": "Bo"}, {"type": "text", "text": "lily"}]},
        {"type": "button", "sub_type": "url", "index": "1", "parameters": [{"type": "text", "text": "LF7"}]},
        {
            "type": "button",
            "sub_type": "copy_code",
            "index": "2",
            "parameters": [{"type": "coupon_code", "coupon_code": "SPRING"}],
        },
    )
    assert filled.text == "Dear Bo, the lily is ready."
    assert filled.preview["header"]["text"] == "Order LF7"
    assert filled.preview["footer"] == "Lotus"
    assert [(button["text"], button["url"], button["code"]) for button in filled.preview["buttons"]] == [
        ("Thanks", "", ""),
        ("See", "https://lotus.example/o/LF7", ""),
        ("Copy code", "", "SPRING"),
    ]


def test_names_of_variables_are_sent_with_their_values() -> None:
    template = Template([body("Hi {{first_name}}, see you on {{day}} then.")], "NAMED")

    [sent] = fill(template, {"body.first_name": "Bo", "body.day": "Friday"}).components

    assert sent["parameters"] == [
        {"type": "text", "text": "Bo", "parameter_name": "first_name"},
        {"type": "text", "text": "Friday", "parameter_name": "day"},
    ]


@pytest.mark.parametrize(
    ("kind", "value", "sent"),
    [
        ("IMAGE", "https://lotus.example/a.png", {"link": "https://lotus.example/a.png"}),
        ("IMAGE", "1234567890", {"id": "1234567890"}),
        (
            "DOCUMENT",
            "https://lotus.example/my%20bill.pdf?x=1",
            {"link": "https://lotus.example/my%20bill.pdf?x=1", "filename": "my bill.pdf"},
        ),
    ],
)
def test_a_file_in_the_header_goes_by_address_or_id(kind: str, value: str, sent: dict[str, str]) -> None:
    template = Template([{"type": "HEADER", "format": kind}, body("Look at this.")])

    [header] = fill(template, {"header.media": value}).components

    assert header == {"type": "header", "parameters": [{"type": kind.lower(), kind.lower(): sent}]}


@pytest.mark.parametrize(
    "value", ["http://lotus.example/a.png", "file:///etc/passwd", "file:999", "https://", "a b", "https://[x"]
)
def test_a_file_without_a_safe_address_is_refused(value: str) -> None:
    template = Template([{"type": "HEADER", "format": "IMAGE"}, body("Look at this.")])

    assert list(errors_of(template, {"header.media": value})) == ["header.media"]


def test_a_file_of_ours_takes_the_place_of_whatever_the_header_was_filled_in_with() -> None:
    template = Template([{"type": "HEADER", "format": "IMAGE"}, body("Look at this.")])

    for typed in ({}, {"header.media": "file:999"}, {"header.media": "https://lotus.example/a.png"}):
        [header] = fill(template, typed, header_file=7).components
        assert header["parameters"] == [{"type": "image", "image": {"id": "file:7"}}]
    assert fill(Template([body("No header.")]), {}, header_file=7).components == ()


def test_a_place_in_the_header_needs_degrees_alone() -> None:
    template = Template([{"type": "HEADER", "format": "LOCATION"}, body("This is where we are.")])
    degrees = {"header.latitude": "22.3", "header.longitude": "114.2"}

    [header] = fill(template, degrees | {"header.name": "Shop"}).components

    place = {"latitude": "22.3", "longitude": "114.2", "name": "Shop"}
    assert header == {"type": "header", "parameters": [{"type": "location", "location": place}]}
    assert list(errors_of(template, degrees | {"header.latitude": "91"})) == ["header.latitude"]


def test_every_missing_value_is_named_at_once() -> None:
    assert list(errors_of(EVERYTHING, {"body.1": "  "})) == ["header.1", "body.1", "body.2", "button.1", "button.2"]


@pytest.mark.parametrize("value", ["a\nb", "a\tb", "a    b", "a\r\nb", "a\u2028b"])
def test_what_the_vendor_refuses_in_a_value_is_refused_here(value: str) -> None:
    assert list(errors_of(EVERYTHING, VALUES | {"body.2": value})) == ["body.2"]


def test_three_spaces_in_a_row_are_fine() -> None:
    assert fill(EVERYTHING, VALUES | {"body.2": "a   b"}).text == "Dear Bo, the a   b is ready."


@pytest.mark.parametrize(
    ("key", "longest"),
    [("header.1", 60 - len("Order ")), ("body.2", 1024 - len("Dear Bo, the  is ready.")), ("button.2", 15)],
)
def test_lengths_are_checked_after_filling_in(key: str, longest: int) -> None:
    assert fill(EVERYTHING, VALUES | {key: "x" * longest})
    assert list(errors_of(EVERYTHING, VALUES | {key: "x" * (longest + 1)})) == [key]


@pytest.mark.parametrize(
    "part",
    [
        {"type": "CAROUSEL", "cards": []},
        {"type": "BUTTONS", "buttons": [{"type": "FLOW", "text": "Book"}]},
        {"type": "HEADER", "format": "PRODUCT"},
    ],
)
def test_parts_that_cannot_be_filled_in_here_are_refused_whole(part: dict[str, Any]) -> None:
    assert list(errors_of(Template([body("Hello there."), part]), {})) == [""]


def card(number: int) -> dict[str, Any]:
    buttons = [{"type": "QUICK_REPLY", "text": "More"}, URL]
    parts = [{"type": "HEADER", "format": "IMAGE"}, body(f"Bouquet {number} for {{{{1}}}} only."), {"type": "BUTTONS"}]
    return {"components": [*parts[:2], {**parts[2], "buttons": buttons}]}


CAROUSEL = Template([body("Look at these, {{1}}, today.", "Ada"), {"type": "CAROUSEL", "cards": [card(1), card(2)]}])
CARDS = {
    f"card.{number}.{key}": value
    for number in (0, 1)
    for key, value in {"header.media": f"77{number}", "body.1": f"US${number}", "button.1": f"LF{number}"}.items()
}


def test_a_carousel_is_sent_card_by_card() -> None:
    filled = fill(CAROUSEL, CARDS | {"body.1": "Bo"})

    words, carousel = filled.components
    assert words == {"type": "body", "parameters": [{"type": "text", "text": "Bo"}]}
    assert [each["card_index"] for each in carousel["cards"]] == [0, 1]
    assert carousel["cards"][1]["components"] == [
        {"type": "header", "parameters": [{"type": "image", "image": {"id": "771"}}]},
        {"type": "body", "parameters": [{"type": "text", "text": "US$1"}]},
        {
            "type": "button",
            "sub_type": "quick_reply",
            "index": "0",
            "parameters": [{"type": "payload", "payload": "More"}],
        },
        {"type": "button", "sub_type": "url", "index": "1", "parameters": [{"type": "text", "text": "LF1"}]},
    ]
    assert filled.text == "Look at these, Bo, today."
    assert [each["body"] for each in filled.preview["cards"]] == [
        "Bouquet 1 for US$0 only.",
        "Bouquet 2 for US$1 only.",
    ]
    assert filled.preview["cards"][1]["buttons"][1]["url"] == "https://lotus.example/o/LF1"


@pytest.mark.parametrize(
    ("key", "value"), [("card.1.header.media", "a b"), ("card.0.body.1", "x" * 160), ("card.1.button.1", "a b")]
)
def test_what_is_wrong_in_a_card_is_told_by_its_card(key: str, value: str) -> None:
    assert list(errors_of(CAROUSEL, CARDS | {"body.1": "Bo", key: value})) == [key]


PASSCODE_PAGE = "https://www.whatsapp.com/otp/code/?otp_type=COPY_CODE&code=otp{{1}}"


@pytest.mark.parametrize("button", [{"type": "URL", "text": "Copy code", "url": PASSCODE_PAGE}, {"type": "OTP"}])
def test_a_passcode_is_typed_once_and_goes_to_the_text_and_the_button(button: dict[str, str]) -> None:
    template = Template([body("*{{1}}* is your code."), {"type": "BUTTONS", "buttons": [button]}])

    filled = fill(template, {"body.1": "483920"})

    parameters = [{"type": "text", "text": "483920"}]
    assert [each.key for each in variables_of(template.components)] == ["body.1"]
    assert filled.components == (
        {"type": "body", "parameters": parameters},
        {"type": "button", "sub_type": "url", "index": "0", "parameters": parameters},
    )
    [shown] = filled.preview["buttons"]
    assert (shown["type"], shown["text"].lower(), shown["url"]) == ("OTP", "copy code", "")
    for wrong in ("x" * 16, "48 39", ""):
        assert list(errors_of(template, {"body.1": wrong})) == ["body.1"]


def test_it_is_said_which_part_keeps_a_template_from_being_sent() -> None:
    flow = [body("Book a table."), {"type": "BUTTONS", "buttons": [{"type": "FLOW", "text": "Book"}]}]
    offer = {"type": "CAROUSEL", "cards": [{"components": [{"type": "HEADER", "format": "PRODUCT"}]}]}

    assert why_not([body("Thank you.")]) == ""
    assert "a form" in why_not(flow)
    assert "products" in why_not([body("Look at these."), offer])
    assert "SOMETHING_NEW" in why_not([body("Look."), {"type": "SOMETHING_NEW"}])


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*Ready* today", "<strong>Ready</strong> today"),
        ("_so_ ~not~ *x*", "<em>so</em> <s>not</s> <strong>x</strong>"),
        ("*_both_*, really", "<strong><em>both</em></strong>, really"),
        ("use ```a *b*``` here", "use <code>a *b*</code> here"),
        ("2*3*4, snake_case_name, * no *, *two\nlines*", "2*3*4, snake_case_name, * no *, *two\nlines*"),
        ("{{first_name}} and {{last_name}}", "{{first_name}} and {{last_name}}"),
        ("**", "**"),
        ("*<b>*", "<strong>&lt;b&gt;</strong>"),
        ("*a*" * 2000, "*a*" * 2000),
    ],
)
def test_marks_in_a_text_are_shown_as_the_phone_does(text: str, html: str) -> None:
    assert phone_html(text) == html


def test_a_template_without_variables_is_sent_without_components() -> None:
    assert fill(Template([body("Thank you.")]), {}).components == ()


def test_what_is_known_of_the_customer_is_filled_in() -> None:
    template = Template([body("Hi {{first_name}}, your {{what}} for {{phone}} is here.")], "NAMED")
    customer = {"name": "Ada Example", "first_name": "Ada", "phone": "+85290000001"}

    assert prefilled(template, {"body.what": "order of {name}"}, customer) == {
        "body.first_name": "Ada",
        "body.what": "order of Ada Example",
        "body.phone": "+85290000001",
    }
    assert prefilled(template, {"body.what": "order"}, {"name": "", "first_name": "", "phone": ""}) == {
        "body.what": "order"
    }


usable = st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=40)
names = st.lists(st.text(string.ascii_lowercase + "_", min_size=1, max_size=8), min_size=1, max_size=6, unique=True)


@given(data=st.data(), found=names, named=st.booleans())
def test_a_filled_template_says_what_was_typed_and_nothing_else(
    data: st.DataObject, found: list[str], named: bool
) -> None:
    found = found if named else [str(number + 1) for number in range(len(found))]
    text = " and ".join(f"then {{{{{name}}}}}" for name in found) + " to end."
    values = {name: data.draw(usable) for name in found}

    filled = fill(
        Template([body(text)], "NAMED" if named else "POSITIONAL"), {f"body.{name}": values[name] for name in found}
    )

    # Also where a value looks like a variable: it is not filled in again.
    assert filled.text == " and ".join(f"then {values[name]}" for name in found) + " to end."
    assert [parameter["text"] for parameter in filled.components[0]["parameters"]] == [values[name] for name in found]
    assert filled.preview["body"] == filled.text


@given(values=st.dictionaries(st.sampled_from(list(VALUES)), st.text(max_size=80)))
def test_values_are_either_refused_by_their_keys_or_safe_to_send(values: dict[str, str]) -> None:
    outcome = outcome_of(values)
    if isinstance(outcome, dict):
        assert outcome
        assert set(outcome) <= set(VALUES)
        assert all(outcome.values())
        return
    for component in outcome.components:
        for parameter in component["parameters"]:
            text = str(parameter.get("text", parameter.get("coupon_code")))
            assert text == text.strip() != ""
            assert not any(mark in text for mark in ("\n", "\t", "    "))
    assert len(outcome.preview["header"]["text"]) <= 60


def outcome_of(values: dict[str, str]) -> FilledTemplate | dict[str, str]:
    try:
        return fill(EVERYTHING, values)
    except NotFilled as refused:
        return refused.errors


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "text", "format", "buttons", "example", "url"]), inner, max_size=4)
    ),
    max_leaves=15,
)


@given(
    components=st.lists(st.dictionaries(st.sampled_from(["type", "text", "format", "buttons", "example"]), json_values))
)
def test_whatever_a_vendor_lists_can_be_looked_at(components: list[dict[str, Any]]) -> None:
    preview_of(components)
    assert len({variable.key for variable in variables_of(components)}) == len(variables_of(components))
