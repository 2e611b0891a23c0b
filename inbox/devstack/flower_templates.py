"""The flower shop's message templates, as its vendor has approved them."""

from __future__ import annotations

from typing import Any

FALLBACK = ("we_have_an_answer", "en")


def _body(text: str, *examples: str, **named: str) -> dict[str, Any]:
    part: dict[str, Any] = {"type": "BODY", "text": text}
    if named:
        rows = [{"param_name": name, "example": value} for name, value in named.items()]
        return {**part, "example": {"body_text_named_params": rows}}
    return {**part, "example": {"body_text": [list(examples)]}} if examples else part


def _buttons(*buttons: dict[str, Any]) -> dict[str, Any]:
    return {"type": "BUTTONS", "buttons": list(buttons)}


TEMPLATES: tuple[dict[str, Any], ...] = (
    {
        "name": "we_have_an_answer",
        "language": "en",
        "category": "UTILITY",
        "parameter_format": "NAMED",
        "components": [
            _body(
                "Hello {{first_name}}, we have an answer to your question. Reply to this message to read it.",
                first_name="Ada",
            ),
            _buttons({"type": "QUICK_REPLY", "text": "Show me the answer"}),
        ],
    },
    {
        "name": "we_have_an_answer",
        "language": "zh_HK",
        "category": "UTILITY",
        "parameter_format": "NAMED",
        "components": [
            _body("你好 {{first_name}}，我們已有你查詢的答覆。回覆此訊息即可查看。", first_name="美玲"),
            _buttons({"type": "QUICK_REPLY", "text": "查看答覆"}),
        ],
    },
    {
        "name": "order_ready",
        "language": "en",
        "category": "UTILITY",
        "components": [
            {"type": "HEADER", "format": "TEXT", "text": "Order {{1}}", "example": {"header_text": ["LF-1042"]}},
            _body("Dear {{1}}, your {{2}} can be collected until {{3}} today.", "Ada", "bouquet of peonies", "19:00"),
            {"type": "FOOTER", "text": "Lotus Flowers, Central"},
            _buttons(
                {
                    "type": "URL",
                    "text": "See the order",
                    "url": "https://lotus.example/orders/{{1}}",
                    "example": ["https://lotus.example/orders/LF-1042"],
                },
                {"type": "PHONE_NUMBER", "text": "Call the shop", "phone_number": "+85221110001"},
            ),
        ],
    },
    {
        "name": "order_ready",
        "language": "zh_HK",
        "category": "UTILITY",
        "components": [
            {"type": "HEADER", "format": "TEXT", "text": "訂單 {{1}}", "example": {"header_text": ["LF-1042"]}},
            _body("親愛的 {{1}}，你訂購的{{2}}可於今天 {{3}} 前領取。", "美玲", "牡丹花束", "19:00"),
            {"type": "FOOTER", "text": "蓮花花店（中環）"},
        ],
    },
    {
        "name": "spring_offer",
        "language": "en",
        "category": "MARKETING",
        "components": [
            {
                "type": "HEADER",
                "format": "IMAGE",
                "example": {"header_handle": ["4::aW1hZ2UvanBlZw==:spring"]},
            },
            _body("Spring is here, {{1}}! Until Sunday all tulips are {{2}} off.", "Ada", "20 %"),
            {"type": "FOOTER", "text": "Reply STOP to get no more offers"},
            _buttons(
                {"type": "COPY_CODE", "example": "TULIP20"},
                {"type": "URL", "text": "See the flowers", "url": "https://lotus.example/tulips"},
            ),
        ],
    },
    {
        "name": "wedding_consultation",
        "language": "en_GB",
        "category": "UTILITY",
        "components": [
            {"type": "HEADER", "format": "LOCATION"},
            _body("Your consultation is on {{1}} at {{2}}. This is where you find us.", "Friday", "15:00"),
            _buttons({"type": "QUICK_REPLY", "text": "I will come"}, {"type": "QUICK_REPLY", "text": "Another day"}),
        ],
    },
    {
        "name": "thank_you",
        "language": "en",
        "category": "UTILITY",
        "components": [_body("Thank you for your visit. How did you like the flowers?")],
    },
)
