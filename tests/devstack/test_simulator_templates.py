"""The simulated vendor's templates: its review, its refusals, and sends judged by what it has approved."""

from __future__ import annotations

from typing import Any

import pytest

from inbox.devstack.simulator.client import SimulatorClient, SimulatorRefused

from .conftest import MEI, NUMBER, WABA, Business, Graph, error_of, put_harbour_tailors

BODY = {"type": "BODY", "text": "Dear {{1}}, your suit is ready.", "example": {"body_text": [["Ada"]]}}
URL = {"type": "URL", "text": "See", "url": "https://t.example/{{1}}", "example": ["https://t.example/1"]}
SUIT = {"name": "suit_ready", "language": "en", "category": "UTILITY", "components": [BODY]}
PLACE = f"/{WABA}/message_templates"


def send(graph: Graph, *components: dict[str, Any], name: str = "suit_ready", language: str = "en") -> Any:
    part = {"name": name, "language": {"code": language}, "components": list(components)}
    body = {"messaging_product": "whatsapp", "to": f"+{MEI}", "type": "template", "template": part}
    return graph.post(f"/{NUMBER}/messages", body)


def texts(kind: str, *values: str, **named: str) -> dict[str, Any]:
    parameters = [{"type": "text", "text": value} for value in values]
    parameters += [{"type": "text", "text": value, "parameter_name": name} for name, value in named.items()]
    return {"type": kind, "parameters": parameters}


@pytest.fixture(autouse=True)
def _number(control: SimulatorClient, business: Business) -> None:
    put_harbour_tailors(control, business)


def test_a_submitted_template_is_reviewed_and_its_author_is_told(
    control: SimulatorClient, business: Business, graph: Graph
) -> None:
    created = graph.post(PLACE, SUIT).json()
    assert created["status"] == "PENDING"
    assert error_of(send(graph, texts("body", "Ada")))["code"] == 132001

    control.decide_template(WABA, "suit_ready", "en", status="REJECTED", reason="SCAM")
    control.decide_template(WABA, "suit_ready", "en", status="APPROVED")

    told = [value for received in business.received for value in received.values]
    assert [(value["event"], value["reason"]) for value in told] == [("REJECTED", "SCAM"), ("APPROVED", "NONE")]
    assert str(told[0]["message_template_id"]) == created["id"]
    assert send(graph, texts("body", "Ada")).status_code == 200
    control.settle()
    [sent] = control.sent(NUMBER)
    assert sent.text == "Dear Ada, your suit is ready."


@pytest.mark.parametrize(
    ("change", "subcode"),
    [
        ({"name": "Suit Ready"}, 2388073),
        ({"components": []}, 2388043),
        ({"components": [{"type": "BODY", "text": "x" * 1025}]}, 2388040),
        ({"components": [BODY | {"text": "{{1}} is ready"}]}, 2388299),
        ({"components": [BODY | {"text": "Dear {{2}}, it is ready."}]}, 2388072),
        ({"components": [{"type": "BODY", "text": "Dear {{1}}, it is ready."}]}, 2388273),
        ({"components": [BODY, {"type": "HEADER", "format": "IMAGE"}]}, 2388273),
        ({"components": [BODY, {"type": "FOOTER", "text": "{{1}}"}]}, 2388040),
        ({"components": [BODY, {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "x" * 26}]}]}, 2388040),
    ],
)
def test_what_breaks_a_rule_is_refused_in_words(graph: Graph, change: dict[str, Any], subcode: int) -> None:
    error = error_of(graph.post(PLACE, SUIT | change))

    assert (error["code"], error["error_subcode"]) == (100, subcode)
    assert error["error_user_msg"]


def test_a_name_has_one_template_in_each_language(graph: Graph) -> None:
    assert graph.post(PLACE, SUIT).status_code == 200
    assert graph.post(PLACE, SUIT | {"language": "zh_HK"}).status_code == 200
    assert error_of(graph.post(PLACE, SUIT))["error_subcode"] == 2388024


@pytest.mark.parametrize(
    ("status", "code"), [("PAUSED", 132015), ("DISABLED", 132016), ("REJECTED", 132001), ("PENDING", 132001)]
)
def test_only_approved_templates_are_sent(control: SimulatorClient, graph: Graph, status: str, code: int) -> None:
    control.put_template(WABA, **SUIT, status=status)

    assert error_of(send(graph, texts("body", "Ada")))["code"] == code


def test_sends_are_judged_by_the_templates_form(control: SimulatorClient, graph: Graph) -> None:
    buttons = {"type": "BUTTONS", "buttons": [URL]}
    control.put_template(
        WABA, **SUIT | {"components": [{"type": "HEADER", "format": "IMAGE", **_handle()}, BODY, buttons]}
    )
    picture = {"type": "header", "parameters": [{"type": "image", "image": {"link": "https://t.example/a.png"}}]}
    button = texts("button", "7") | {"sub_type": "url", "index": "0"}

    refusals = {
        "no values": send(graph, picture, button),
        "too many": send(graph, picture, texts("body", "Ada", "Bo"), button),
        "named": send(graph, picture, texts("body", first_name="Ada"), button),
        "no header": send(graph, texts("body", "Ada"), button),
        "no button": send(graph, picture, texts("body", "Ada")),
        "language": send(graph, picture, texts("body", "Ada"), button, language="de"),
        "a tab": send(graph, picture, texts("body", "A\tda"), button),
    }

    codes = {name: error_of(answer)["code"] for name, answer in refusals.items()}
    assert codes == {
        "no values": 132000,
        "too many": 132000,
        "named": 132012,
        "no header": 132012,
        "no button": 131008,
        "language": 132001,
        "a tab": 132012,
    }
    assert send(graph, picture, texts("body", "Ada"), button).status_code == 200
    [sent] = control.sent(NUMBER)
    assert sent.details["options"] == [{"id": "See", "title": "See", "url": "https://t.example/7"}]


def test_names_of_variables_must_fit(control: SimulatorClient, graph: Graph) -> None:
    body = {"type": "BODY", "text": "Dear {{first_name}}, it is ready."}
    body["example"] = {"body_text_named_params": [{"param_name": "first_name", "example": "Ada"}]}  # type: ignore[assignment]
    control.put_template(WABA, **SUIT | {"components": [body], "parameter_format": "NAMED"})

    assert error_of(send(graph, texts("body", "Ada")))["code"] == 132012
    assert error_of(send(graph, texts("body", last_name="Ada")))["code"] == 132012
    assert send(graph, texts("body", first_name="Ada")).status_code == 200


def test_an_account_without_templates_takes_any(graph: Graph) -> None:
    assert send(graph, texts("body", "Ada")).status_code == 200


def test_news_about_quality_and_category(control: SimulatorClient, business: Business) -> None:
    control.put_template(WABA, **SUIT)
    control.decide_template(WABA, "suit_ready", "en", quality="RED")
    control.decide_template(WABA, "suit_ready", "en", next_category="MARKETING")
    control.decide_template(WABA, "suit_ready", "en", category="MARKETING")

    quality, announced, done = [value for received in business.received for value in received.values]
    assert (quality["previous_quality_score"], quality["new_quality_score"]) == ("GREEN", "RED")
    assert (announced["new_category"], announced["correct_category"]) == ("UTILITY", "MARKETING")
    assert (done["previous_category"], done["new_category"]) == ("UTILITY", "MARKETING")
    with pytest.raises(SimulatorRefused):
        control.decide_template(WABA, "suit_ready", "en")
    with pytest.raises(SimulatorRefused):
        control.decide_template(WABA, "unknown", "en", status="PAUSED")


def _handle() -> dict[str, Any]:
    return {"example": {"header_handle": ["4::aa"]}}
