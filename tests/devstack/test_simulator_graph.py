"""The simulated Graph API: what it accepts, how it refuses, and what it reports afterwards."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from inbox.devstack.simulator.client import SimulatorClient

from .conftest import MEI, NUMBER, TOKEN, WABA, Business, Graph, error_of

STRANGER = "4915155500000"


@pytest.mark.usefixtures("open_window")
class TestSending:
    def test_a_text_is_accepted_then_sent_then_delivered(
        self, control: SimulatorClient, business: Business, graph: Graph
    ) -> None:
        answer = graph.send("Yes!", biz_opaque_callback_data="uuid-1", context={"message_id": "wamid.quoted"})

        assert answer.status_code == 200
        [contact] = answer.json()["contacts"]
        wamid = answer.json()["messages"][0]["id"]
        assert contact == {"input": f"+{MEI}", "wa_id": MEI, "user_id": contact["user_id"]}
        assert control.settle()
        assert business.fates == ["sent", "delivered"]
        for status in business.statuses:
            assert status["id"] == wamid
            assert status["recipient_id"] == MEI
            assert status["recipient_user_id"] == contact["user_id"]
            assert status["biz_opaque_callback_data"] == "uuid-1"
            assert status["pricing"]["category"] == "service"
            assert abs(int(status["timestamp"]) - time.time()) < 5
        assert business.received[0].values[0]["contacts"][0]["wa_id"] == MEI
        [sent] = control.sent(NUMBER)
        assert (sent.wamid, sent.to, sent.text, sent.reply_to) == (wamid, MEI, "Yes!", "wamid.quoted")
        assert sent.biz_opaque_callback_data == "uuid-1"

    @pytest.mark.parametrize(
        ("change", "status", "code"),
        [
            ({"to": None}, 400, 100),
            ({"to": "not a number"}, 400, 131009),
            ({"to": "US.13491208655302741918"}, 400, 131009),
            ({"to": "+852 5550 1000"}, 400, 131021),
            ({"messaging_product": "telegram"}, 400, 100),
            ({"type": "smoke-signal"}, 400, 100),
            ({"type": "image"}, 400, 100),
            ({"text": {}}, 400, 100),
            ({"text": {"body": 5}}, 400, 100),
            ({"text": "Hello"}, 400, 100),
            ({"text": {"body": ""}}, 400, 100),
            ({"text": {"body": "   "}}, 400, 131009),
            ({"text": {"body": "x" * 4097}}, 400, 100),
            ({"context": {}}, 400, 100),
            ({"biz_opaque_callback_data": "x" * 513}, 400, 100),
        ],
    )
    def test_a_bad_message_is_refused_as_the_vendor_refuses(
        self,
        control: SimulatorClient,
        business: Business,
        graph: Graph,
        change: dict[str, Any],
        status: int,
        code: int,
    ) -> None:
        body = {"messaging_product": "whatsapp", "to": f"+{MEI}", "type": "text", "text": {"body": "Hello"}}

        answer = graph.post(f"/{NUMBER}/messages", body | change)

        assert answer.status_code == status
        error = error_of(answer)
        assert error["code"] == code
        assert error["message"].startswith(f"(#{code})")
        if "error_data" in error:
            assert error["error_data"]["messaging_product"] == "whatsapp"
        assert control.settle()
        assert control.sent() == []
        assert business.received == []

    def test_exactly_4096_characters_pass(self, graph: Graph) -> None:
        assert graph.send("語" * 4096).status_code == 200

    @pytest.mark.parametrize("token", ["wrong", ""])
    def test_a_wrong_token_is_refused(self, control: SimulatorClient, graph: Graph, token: str) -> None:
        answer = graph.post(f"/{NUMBER}/messages", {"messaging_product": "whatsapp"}, token=token)

        assert answer.status_code == 401
        assert error_of(answer)["code"] == 190
        assert control.sent() == []

    def test_an_unknown_number_does_not_exist(self, graph: Graph) -> None:
        answer = graph.post("/999/messages", {"messaging_product": "whatsapp"})

        assert answer.status_code == 400
        assert (error_of(answer)["code"], error_of(answer)["error_subcode"]) == (100, 33)

    def test_a_user_id_is_an_address_too(self, control: SimulatorClient, business: Business, graph: Graph) -> None:
        control.put_person(MEI, bsuid="HK.13491208655302741918", hide_phone=True)

        answer = graph.send(to=None, recipient="HK.13491208655302741918")

        assert answer.json()["contacts"] == [{"input": "HK.13491208655302741918", "user_id": "HK.13491208655302741918"}]
        control.settle()
        assert business.fates == ["sent", "delivered"]
        assert "recipient_id" not in business.statuses[0]
        assert MEI.encode() not in b"".join(post.body for post in business.received)

    def test_the_pair_limit_stops_a_burst_to_one_person(self, control: SimulatorClient, graph: Graph) -> None:
        control.settings(pair_limit=2)
        control.inbound(NUMBER, STRANGER, "Guten Tag")

        answers = [graph.send(), graph.send(), graph.send(), graph.send(to=STRANGER)]

        assert [answer.status_code for answer in answers] == [200, 200, 429, 200]
        assert error_of(answers[2])["code"] == 131056

    def test_the_number_has_a_throughput(self, control: SimulatorClient, graph: Graph) -> None:
        control.settings(number_limit=1)

        first, *others = [graph.send().json().get("error", {}).get("code") for _ in range(5)]

        assert first is None
        assert 130429 in others

    def test_everybody_may_read_at_once(self, control: SimulatorClient, business: Business, graph: Graph) -> None:
        control.settings(auto_read=True)

        graph.send()

        control.settle()
        assert business.fates == ["sent", "delivered", "read"]
        assert "pricing" not in business.statuses[2]


class TestUndeliverable:
    def test_nobody_who_never_wrote_can_be_written_to(
        self, control: SimulatorClient, business: Business, graph: Graph
    ) -> None:
        assert graph.send(biz_opaque_callback_data="uuid-1").status_code == 200

        control.settle()
        [status] = business.statuses
        assert (status["status"], status["biz_opaque_callback_data"]) == ("failed", "uuid-1")
        assert status["errors"][0]["code"] == 131047
        assert status["errors"][0]["error_data"]["details"]
        assert len(control.sent()) == 1

    def test_the_window_closes_after_24_hours(self, control: SimulatorClient, business: Business, graph: Graph) -> None:
        control.inbound(NUMBER, MEI, "Hello", timestamp=time.time() - 24 * 3600 + 60)
        graph.send("still open")
        control.settings(clock_offset=120)
        graph.send("closed")
        control.inbound(NUMBER, MEI, "Hello again")
        graph.send("open again")

        control.settle()
        assert business.fates == ["sent", "delivered", "failed", "sent", "delivered"]

    @pytest.mark.usefixtures("open_window")
    def test_somebody_not_on_whatsapp_gets_nothing(
        self, control: SimulatorClient, business: Business, graph: Graph
    ) -> None:
        control.put_person(MEI, on_whatsapp=False)

        assert graph.send().status_code == 200

        control.settle()
        assert [status["errors"][0]["code"] for status in business.statuses] == [131026]


class TestReading:
    def test_marking_as_read_is_noted_with_typing(self, control: SimulatorClient, graph: Graph) -> None:
        wamid = control.inbound(NUMBER, MEI, "Hello").wamid
        body = {"messaging_product": "whatsapp", "status": "read", "message_id": wamid}

        assert graph.post(f"/{NUMBER}/messages", body).json() == {"success": True}
        graph.post(f"/{NUMBER}/messages", body | {"typing_indicator": {"type": "text"}})

        assert [(mark.wamid, mark.typing) for mark in control.reads(NUMBER)] == [
            (wamid, False),
            (wamid, True),
        ]
        assert control.sent() == []

    def test_only_a_message_that_came_in_can_be_read(self, control: SimulatorClient, graph: Graph) -> None:
        body = {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.unknown"}

        assert error_of(graph.post(f"/{NUMBER}/messages", body))["code"] == 131009


@pytest.mark.usefixtures("control")
class TestAccount:
    def test_a_number_tells_what_is_asked(self, graph: Graph) -> None:
        answer = graph.get(f"/{NUMBER}?fields=verified_name,quality_rating,throughput")

        assert answer.json() == {
            "verified_name": "Harbour Tailors",
            "quality_rating": "GREEN",
            "throughput": {"level": "STANDARD"},
            "id": NUMBER,
        }
        assert error_of(graph.get(f"/{NUMBER}?fields=shoe_size"))["code"] == 100
        assert graph.get(f"/{NUMBER}", token="wrong").status_code == 401

    def test_an_account_lists_its_numbers(self, graph: Graph) -> None:
        [number] = graph.get(f"/{WABA}/phone_numbers").json()["data"]

        assert (number["id"], number["display_phone_number"]) == (NUMBER, "+852 5550 1000")

    def test_a_callback_is_taken_once_it_shakes_hands(
        self, control: SimulatorClient, business: Business, graph: Graph
    ) -> None:
        url = f"{business.url}?tenant=harbour"
        refused = graph.post(
            f"/{WABA}/subscribed_apps", {"override_callback_uri": url, "verify_token": "not the token"}
        )
        taken = graph.post(
            f"/{WABA}/subscribed_apps", {"override_callback_uri": url, "verify_token": business.verify_token}
        )

        assert error_of(refused)["code"] == 2200
        assert taken.json() == {"success": True}
        assert control.numbers()[0]["webhook_url"] == url
        assert len(graph.get(f"/{WABA}/subscribed_apps").json()["data"]) == 1


@pytest.mark.usefixtures("open_window")
class TestFaults:
    def test_delay(self, control: SimulatorClient, business: Business, graph: Graph) -> None:
        control.faults(delay={"seconds": 0.5, "match_text": "slow"})

        started = time.monotonic()
        graph.send("quick")
        quick = time.monotonic() - started
        graph.send("slow")

        assert quick < 0.5
        assert time.monotonic() - started >= 0.5
        control.settle()
        assert business.fates == ["sent", "delivered"] * 2

    def test_fail(self, control: SimulatorClient, graph: Graph) -> None:
        control.faults(fail={"http_status": 503, "code": 2, "retry_after": 7, "remaining": 2})

        answers = [graph.send() for _ in range(3)]

        assert [answer.status_code for answer in answers] == [503, 503, 200]
        assert answers[0].headers["retry-after"] == "7"
        assert (error_of(answers[0])["code"], error_of(answers[0])["is_transient"]) == (2, True)
        assert len(control.sent()) == 1

    def test_drop_after_accept(self, control: SimulatorClient, business: Business, graph: Graph) -> None:
        control.faults(drop_after_accept={"remaining": 1})

        with pytest.raises(httpx.RemoteProtocolError):
            graph.send("lost answer", biz_opaque_callback_data="uuid-1")

        control.settle()
        assert [sent.text for sent in control.sent()] == ["lost answer"]
        assert [status["biz_opaque_callback_data"] for status in business.statuses] == ["uuid-1", "uuid-1"]
        assert graph.send().status_code == 200

    def test_hang_after_accept(self, control: SimulatorClient, business: Business, graph: Graph) -> None:
        control.faults(drop_after_accept=5)

        with pytest.raises(httpx.ReadTimeout):
            graph.send(timeout=0.2)

        control.settle()
        assert business.fates == ["sent", "delivered"]

    def test_hang_before_accept(self, control: SimulatorClient, business: Business, graph: Graph) -> None:
        control.faults(hang_before_accept=0.2)

        with pytest.raises(httpx.ReadTimeout):
            graph.send(timeout=0.1)
        with pytest.raises(httpx.RemoteProtocolError):
            graph.send()

        control.settle()
        assert control.sent() == []
        assert business.received == []

    def test_status_before_response(self, control: SimulatorClient, business: Business, graph: Graph) -> None:
        control.faults(status_before_response=True)

        graph.send()

        assert business.fates == ["sent", "delivered"]

    def test_status_delay(self, control: SimulatorClient, business: Business, graph: Graph) -> None:
        control.faults(status_delay=0.3)

        graph.send()
        answered = time.monotonic()

        assert control.settle()
        assert business.received[0].at - answered > 0.2
        assert business.fates == ["sent", "delivered"]

    def test_no_statuses(self, control: SimulatorClient, business: Business, graph: Graph) -> None:
        control.faults(no_statuses=True)

        assert graph.send().status_code == 200

        control.settle()
        assert business.received == []

    def test_reorder(self, control: SimulatorClient, business: Business, graph: Graph) -> None:
        control.settings(auto_read=True)
        control.faults(reorder_webhooks=True)

        graph.send()

        control.settle()
        assert business.fates == ["read", "delivered", "sent"]

    def test_expired_token(self, control: SimulatorClient, graph: Graph) -> None:
        control.faults(accounts={NUMBER: {"expired_token": True}})

        answer = graph.send()

        assert answer.status_code == 401
        assert (error_of(answer)["code"], error_of(answer)["error_subcode"]) == (190, 463)
        assert graph.get(f"/{NUMBER}", token=TOKEN).status_code == 401
