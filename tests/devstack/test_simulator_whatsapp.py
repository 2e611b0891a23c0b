"""WhatsApp beyond texts: what businesses send, what customers do, and what the vendor's own app does."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from inbox.devstack.simulator.client import SimulatorClient, act

from .conftest import MEI, NUMBER, TOKEN, WABA, Business, Graph, error_of, put_harbour_tailors


def send(graph: Graph, kind: str, part: Any, **more: Any) -> httpx.Response:
    body = {"messaging_product": "whatsapp", "to": f"+{MEI}", "type": kind, kind: part} | more
    return graph.post(f"/{NUMBER}/messages", body)


def buttons(*titles: str) -> dict[str, Any]:
    replies = [{"type": "reply", "reply": {"id": title.lower(), "title": title}} for title in titles]
    return {"type": "button", "body": {"text": "Which day?"}, "action": {"buttons": replies}}


def rows(count: int) -> dict[str, Any]:
    items = [{"id": f"row-{number}", "title": f"Row {number}"} for number in range(count)]
    return {"type": "list", "body": {"text": "Which?"}, "action": {"button": "Choose", "sections": [{"rows": items}]}}


TEMPLATE = {"name": "order_ready", "language": {"code": "en"}}


@pytest.mark.usefixtures("open_window")
class TestSending:
    @pytest.mark.parametrize(
        ("kind", "part", "shown"),
        [
            ("image", {"link": "http://127.0.0.1/a.png", "caption": "Look"}, "image"),
            ("document", {"link": "http://127.0.0.1/a.pdf", "filename": "a.pdf"}, "document"),
            ("audio", {"link": "http://127.0.0.1/a.ogg", "voice": True}, "voice"),
            ("sticker", {"link": "http://127.0.0.1/a.webp"}, "sticker"),
            ("location", {"latitude": 22.3, "longitude": 114.2, "name": "Shop"}, "location"),
            ("contacts", [{"name": {"formatted_name": "Ken", "first_name": "Ken"}}], "contacts"),
            ("interactive", buttons("Friday", "Saturday"), "options"),
            ("interactive", rows(10), "options"),
            ("template", TEMPLATE, "template"),
        ],
    )
    def test_every_kind_is_taken_and_reported(
        self, control: SimulatorClient, business: Business, graph: Graph, kind: str, part: Any, shown: str
    ) -> None:
        answer = send(graph, kind, part, biz_opaque_callback_data="uuid-1")

        assert answer.status_code == 200
        control.settle()
        assert business.fates == ["sent", "delivered"]
        [sent] = control.sent(NUMBER)
        assert (sent.kind, sent.to, sent.biz_opaque_callback_data) == (shown, MEI, "uuid-1")

    @pytest.mark.parametrize(
        ("kind", "part", "code"),
        [
            ("image", {}, 100),
            ("image", {"caption": "nothing to see"}, 100),
            ("image", {"link": "file:///etc/passwd"}, 100),
            ("image", {"id": "not-uploaded"}, 131009),
            ("audio", {"link": "http://127.0.0.1/a.ogg", "caption": "no"}, 100),
            ("location", {"latitude": "north", "longitude": 1}, 100),
            ("location", {"latitude": 22.3, "longitude": 114.2, "caption": "no"}, 100),
            ("contacts", [{"name": {"formatted_name": "Ken"}}], 131009),
            ("reaction", {"message_id": "wamid.unknown", "emoji": "👍"}, 131009),
            ("interactive", buttons(), 131009),
            ("interactive", buttons("A", "B", "C", "D"), 131009),
            ("interactive", buttons("Same", "Same"), 131009),
            ("interactive", buttons("This title is far too long"), 100),
            ("interactive", rows(11), 131009),
            ("template", {"name": "order_ready"}, 100),
            (
                "template",
                TEMPLATE | {"components": [{"type": "body", "parameters": [{"type": "text", "text": "two\nlines"}]}]},
                132012,
            ),
        ],
    )
    def test_a_bad_one_is_refused(
        self, control: SimulatorClient, graph: Graph, kind: str, part: Any, code: int
    ) -> None:
        answer = send(graph, kind, part)

        assert answer.status_code in (400, 404)
        assert error_of(answer)["code"] == code
        assert control.sent() == []

    def test_a_text_has_no_place_beside_a_location(self, control: SimulatorClient, graph: Graph) -> None:
        answer = send(graph, "location", {"latitude": 22.3, "longitude": 114.2}, text={"body": "Here"})

        assert error_of(answer)["code"] == 100
        assert control.sent() == []

    def test_a_file_is_uploaded_once_and_sent_by_id(
        self, control: SimulatorClient, graph: Graph, business: Business
    ) -> None:
        upload = graph.http.post(
            f"/{NUMBER}/media",
            data={"messaging_product": "whatsapp"},
            files={"file": ("a.png", b"\x89PNG\r\n\x1a\n\r\n--", "image/png")},
            headers={"authorization": f"Bearer {TOKEN}"},
        )
        media_id = upload.json()["id"]

        assert send(graph, "image", {"id": media_id}).status_code == 200
        described = graph.get(f"/{media_id}").json()
        assert described["mime_type"] == "image/png"
        assert graph.get(described["url"]).content == b"\x89PNG\r\n\x1a\n\r\n--"

    def test_a_reaction_is_only_sent(self, control: SimulatorClient, business: Business, graph: Graph) -> None:
        wamid = control.inbound_log(NUMBER)[0]["id"]
        send(graph, "reaction", {"message_id": wamid, "emoji": "❤️"})
        control.settle()

        assert business.fates == ["sent"]
        assert control.inbound_log(NUMBER)[0]["reactions"] == {"business": "❤️"}
        send(graph, "reaction", {"message_id": wamid, "emoji": ""})
        assert control.inbound_log(NUMBER)[0]["reactions"] == {}

    def test_a_tap_answers_the_buttons_or_the_list(
        self, control: SimulatorClient, business: Business, graph: Graph
    ) -> None:
        for part in (buttons("Friday"), rows(4)):
            asked = send(graph, "interactive", part).json()["messages"][0]["id"]
            control.settle()
            business.forget()
            control.inbound(NUMBER, MEI, kind="choice", title="Friday", option_id="friday", reply_to=asked)
            form = "button_reply" if part["type"] == "button" else "list_reply"
            [tap] = business.messages
            assert tap["interactive"] == {"type": form, form: {"id": "friday", "title": "Friday"}}
            assert tap["context"]["id"] == asked


def test_a_template_needs_no_window(control: SimulatorClient, business: Business, graph: Graph) -> None:
    answer = send(graph, "template", TEMPLATE)
    assert answer.json()["messages"][0]["message_status"] == "accepted"
    send(graph, "text", {"body": "too early"})

    control.settle()
    assert business.fates == ["sent", "delivered", "failed"]
    assert business.statuses[0]["pricing"]["category"] == "utility"
    asked = control.sent()[0].wamid
    control.inbound(NUMBER, MEI, kind="choice", title="Yes", option_id="yes-1", reply_to=asked)
    assert business.messages[0]["button"] == {"payload": "yes-1", "text": "Yes"}


# --- people act -----------------------------------------------------------------------------------


def test_a_customers_file_is_fetched_in_two_steps(control: SimulatorClient, business: Business, graph: Graph) -> None:
    control.inbound(NUMBER, MEI, kind="voice")

    [message] = business.messages
    described = graph.get(f"/{message['audio']['id']}").json()
    assert described["mime_type"] == "audio/ogg; codecs=opus"
    assert graph.get(described["url"]).content.startswith(b"OggS")
    assert error_of(graph.get(f"/{message['audio']['id']}", token="wrong"))["code"] == 190


def test_orders_and_referrals(control: SimulatorClient, business: Business) -> None:
    control.inbound(NUMBER, MEI, "Please deliver", kind="order")
    control.inbound(NUMBER, MEI, kind="referral", referral="ad")

    order, advert = business.messages
    assert order["order"]["text"] == "Please deliver"
    assert order["order"]["product_items"][0]["item_price"] == 180.0
    assert (advert["type"], advert["referral"]["source_type"]) == ("text", "ad")


def test_a_new_number_and_a_new_user_id_keep_the_person(
    control: SimulatorClient, business: Business, graph: Graph
) -> None:
    control.inbound(NUMBER, MEI, "Hello")
    before = control.put_person(MEI)["bsuid"]
    control.inbound(NUMBER, MEI, kind="number_change", phone="+852 5555 9999")
    control.inbound(NUMBER, MEI, kind="bsuid_change")

    _, number, bsuid = business.messages
    assert (number["from"], number["system"]["type"], number["system"]["wa_id"]) == (
        MEI,
        "user_changed_number",
        "85255559999",
    )
    assert (bsuid["from_user_id"], bsuid["system"]["type"]) == (before, "user_changed_user_id")
    assert "contacts" not in business.received[1].values[0]
    person = control.put_person(MEI)
    assert (person["id"], person["phone"], person["bsuid"]) == (MEI, "85255559999", bsuid["system"]["user_id"])
    assert graph.send(to="+852 5555 9999").json()["contacts"][0]["user_id"] == person["bsuid"]


def test_somebody_without_a_phone_number_is_reached_by_user_id(
    control: SimulatorClient, business: Business, graph: Graph
) -> None:
    control.inbound(NUMBER, "kenji", "Hello")
    [message] = business.messages
    assert "from" not in message
    business.forget()

    answer = graph.send(to=None, recipient=message["from_user_id"])

    assert answer.json()["contacts"] == [{"input": message["from_user_id"], "user_id": message["from_user_id"]}]
    control.settle()
    assert business.fates == ["sent", "delivered"]
    assert all("recipient_id" not in status for status in business.statuses)
    assert "wa_id" not in business.received[0].values[0]["contacts"][0]


def test_the_shop_may_write_change_and_delete_in_its_own_app(control: SimulatorClient, business: Business) -> None:
    wamid = control.inbound(NUMBER, MEI, "See you at thre", kind="app_message").wamid
    control.inbound(NUMBER, MEI, "See you at three", kind="app_message", target=wamid)
    control.inbound(NUMBER, MEI, kind="app_message", target=wamid)

    changes = [change for post in business.received for change in post.json["entry"][0]["changes"]]
    assert {change["field"] for change in changes} == {"smb_message_echoes"}
    written, edited, revoked = (change["value"]["message_echoes"][0] for change in changes)
    assert (written["from"], written["to"], written["text"]) == ("85255501000", MEI, {"body": "See you at thre"})
    assert edited["edit"]["message"]["text"] == {"body": "See you at three"}
    assert revoked["revoke"] == {"original_message_id": wamid}


def test_a_batch_holds_entries_of_several_numbers(control: SimulatorClient, business: Business) -> None:
    put_harbour_tailors(control, business, number="105511110002")

    ids = control.batch(act(NUMBER, MEI, "one"), act("105511110002", MEI, "two"))

    [post] = business.received
    assert [value["metadata"]["phone_number_id"] for value in post.values] == [NUMBER, "105511110002"]
    assert [message["id"] for message in business.messages] == ids


def test_without_a_subscription_nothing_arrives(control: SimulatorClient, business: Business, graph: Graph) -> None:
    graph.http.delete(f"/{WABA}/subscribed_apps", headers={"authorization": f"Bearer {TOKEN}"})
    assert not control.inbound(NUMBER, MEI, "Anybody there?").delivered
    assert control.webhooks()[-1]["words"] == "not subscribed"
    graph.post(f"/{WABA}/subscribed_apps", {})
    assert control.inbound(NUMBER, MEI, "Now?").delivered
