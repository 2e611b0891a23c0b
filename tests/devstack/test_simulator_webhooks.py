"""What the simulator sends to the business when a customer writes."""

from __future__ import annotations

import hashlib

import pytest

from inbox.devstack.simulator.client import SimulatorClient, SimulatorRefused

from .conftest import (
    INSTA,
    MEI,
    NUMBER,
    OFFICIAL,
    PAGE,
    SECRET,
    WABA,
    Business,
    put_harbour_tailors,
    put_other_accounts,
)


def test_a_text_arrives_in_the_vendors_shape_and_signed(control: SimulatorClient, business: Business) -> None:
    delivery = control.inbound(NUMBER, MEI, "Do you make shirts?", timestamp=1_780_000_000)

    assert (delivery.delivered, delivery.status) == (True, 200)
    [post] = business.received
    assert post.is_signed_with(SECRET)
    assert post.json["object"] == "whatsapp_business_account"
    assert [entry["id"] for entry in post.json["entry"]] == [WABA]
    [value] = post.values
    assert value["metadata"] == {"display_phone_number": "85255501000", "phone_number_id": NUMBER}
    user_id = value["contacts"][0]["user_id"]
    assert user_id.startswith("HK.")
    assert value["contacts"] == [
        {"profile": {"name": "Mei Chan 陳美儀", "username": "mei.chan"}, "wa_id": MEI, "user_id": user_id}
    ]
    assert value["messages"] == [
        {
            "from": MEI,
            "from_user_id": user_id,
            "id": delivery.wamid,
            "timestamp": "1780000000",
            "type": "text",
            "text": {"body": "Do you make shirts?"},
        }
    ]


def test_bytes_are_escaped_as_the_vendor_does_and_signed_as_sent(control: SimulatorClient, business: Business) -> None:
    control.inbound(NUMBER, MEI, "Ä 好 😀 1/2")

    [post] = business.received
    assert rb'"body":"\u00c4 \u597d \ud83d\ude00 1\/2"' in post.body
    assert post.is_signed_with(SECRET)
    assert business.texts == ["Ä 好 😀 1/2"]


@pytest.mark.parametrize(
    ("kind", "fields", "part"),
    [
        ("image", {"text": "like this"}, {"mime_type": "image/png", "caption": "like this"}),
        ("audio", {}, {"mime_type": "audio/ogg", "voice": False}),
        ("video", {"media_id": "77"}, {"id": "77", "mime_type": "video/mp4"}),
        ("document", {"filename": "prices.pdf"}, {"filename": "prices.pdf", "mime_type": "application/pdf"}),
        ("sticker", {"animated": True}, {"mime_type": "image/webp", "animated": True}),
        ("location", {"latitude": 1.5, "longitude": 2, "name": "Pier"}, {"latitude": 1.5, "longitude": 2.0}),
        ("reaction", {"target": "wamid.X", "emoji": "❤️"}, {"message_id": "wamid.X", "emoji": "❤️"}),
        ("unsupported", {}, {"type": "poll"}),
    ],
)
def test_every_kind_has_its_part(
    control: SimulatorClient, business: Business, kind: str, fields: dict[str, object], part: dict[str, object]
) -> None:
    control.inbound(NUMBER, MEI, kind=kind, **fields)

    [message] = business.messages
    assert message["type"] == kind
    assert message[kind] | part == message[kind]


def test_contacts_choices_and_edits_are_nested_as_the_vendor_nests_them(
    control: SimulatorClient, business: Business
) -> None:
    control.inbound(NUMBER, MEI, kind="contacts", name="Kenji Watanabe", phone="+81 90 5555 0142")
    control.inbound(NUMBER, MEI, kind="choice", option_id="row-2", title="Tuesday", description="15:30")
    first = control.inbound(NUMBER, MEI, "see you tomorow").wamid
    control.inbound(NUMBER, MEI, "see you tomorrow", kind="edit")

    contacts, choice, _, edit = business.messages
    assert contacts["contacts"][0]["name"]["formatted_name"] == "Kenji Watanabe"
    assert choice["interactive"] == {
        "type": "list_reply",
        "list_reply": {"id": "row-2", "title": "Tuesday", "description": "15:30"},
    }
    assert edit["edit"] == {
        "original_message_id": first,
        "message": {"type": "text", "text": {"body": "see you tomorrow"}},
    }


def test_a_hidden_phone_number_is_nowhere_in_the_webhook(control: SimulatorClient, business: Business) -> None:
    control.put_person(MEI, bsuid="HK.13491208655302741918", hide_phone=True)

    first = control.inbound(NUMBER, MEI, "Guess who")
    control.inbound(NUMBER, MEI, "It is me", reply_to=first.wamid)

    assert MEI.encode() not in b"".join(post.body for post in business.received)
    assert "from" not in business.messages[0]
    assert business.messages[0]["from_user_id"] == "HK.13491208655302741918"


def test_a_refused_webhook_comes_again_with_the_same_bytes(control: SimulatorClient, business: Business) -> None:
    business.answers = [500, 503]

    delivery = control.inbound(NUMBER, MEI, "Are you there?")

    assert (delivery.delivered, delivery.status) == (True, 200)
    assert len(business.received) == 3
    assert len({post.body for post in business.received}) == 1
    assert [entry["status"] for entry in control.webhooks()] == [500, 503, 200]


def test_a_webhook_is_given_up_in_the_end_and_the_next_one_comes(control: SimulatorClient, business: Business) -> None:
    business.answers = [500, 500, 500]

    lost = control.inbound(NUMBER, MEI, "lost")
    kept = control.inbound(NUMBER, MEI, "kept")

    assert (lost.delivered, lost.status) == (False, 500)
    assert kept.delivered
    assert control.health()["webhooks"] == {"waiting": 0, "delivered": 1, "given_up": 1}


def test_order_is_kept_and_settle_waits(control: SimulatorClient, business: Business) -> None:
    for number in range(40):
        control.inbound(NUMBER, MEI, str(number), wait=0)

    assert control.settle()
    assert business.texts == [str(number) for number in range(40)]


def test_settle_gives_up_waiting(control: SimulatorClient, business: Business) -> None:
    control.settings(retry_pauses=[5])
    business.answers = [500]
    control.inbound(NUMBER, MEI, "stuck", wait=0)

    assert not control.settle(timeout=0.2)


def test_a_known_id_is_the_same_message_again(control: SimulatorClient, business: Business) -> None:
    first = control.inbound(NUMBER, MEI, "once", id="wamid.once")
    again = control.inbound(NUMBER, MEI, "once", id="wamid.once")

    assert first.wamid == again.wamid == "wamid.once"
    assert [message["id"] for message in business.messages] == ["wamid.once", "wamid.once"]


def test_any_value_can_be_sent_signed(control: SimulatorClient, business: Business) -> None:
    assert control.webhook(NUMBER, {"errors": [{"code": 0}]}, field="account_update").delivered

    [post] = business.received
    assert post.is_signed_with(SECRET)
    assert post.json["entry"][0]["changes"] == [{"value": {"errors": [{"code": 0}]}, "field": "account_update"}]


def test_waiting_webhooks_may_share_a_post(control: SimulatorClient, business: Business) -> None:
    control.settings(coalesce=100, retry_pauses=[0.3])
    business.answers = [500]
    for number in range(40):
        control.inbound(NUMBER, MEI, str(number), wait=0)

    assert control.settle()
    assert len(business.received) < 40
    assert [text for text in business.texts if text != "0"] == [str(number) for number in range(1, 40)]


@pytest.mark.parametrize(
    "url", ["http://example.com/hook", "http://10.0.0.1/", "ftp://127.0.0.1/", "http://127.0.0.1.nip.io/", "localhost"]
)
def test_webhooks_stay_on_this_machine(control: SimulatorClient, business: Business, url: str) -> None:
    business.url, original = url, business.url
    try:
        with pytest.raises(SimulatorRefused, match=r"webhook URL|this machine only"):
            put_harbour_tailors(control, business)
    finally:
        business.url = original


# --- faults ---------------------------------------------------------------------------------------


def test_duplicates_come_with_the_same_bytes(control: SimulatorClient, business: Business) -> None:
    control.faults(duplicate_webhooks={"n": 3, "remaining": 1})

    control.inbound(NUMBER, MEI, "four times")
    control.inbound(NUMBER, MEI, "once")

    assert business.texts == ["four times"] * 4 + ["once"]
    assert len({post.body for post in business.received[:4]}) == 1


def test_messages_come_in_another_order(control: SimulatorClient, business: Business) -> None:
    control.faults(reorder_webhooks={"seconds": 0.3})

    for number in range(5):
        control.inbound(NUMBER, MEI, str(number), wait=0)
    control.settle()

    assert sorted(business.texts) == ["0", "1", "2", "3", "4"]
    assert business.texts != sorted(business.texts)


def test_a_batch_has_several_entries_with_several_messages(control: SimulatorClient, business: Business) -> None:
    control.put_person("819055550142", "Kenji")
    control.faults(batch={"n": 5, "seconds": 5})

    for number in range(5):
        control.inbound(NUMBER, MEI if number % 2 else "819055550142", str(number), wait=0)
    control.settle()

    [post] = business.received
    assert post.is_signed_with(SECRET)
    assert [len(value["messages"]) for value in post.values] == [2, 2, 1]
    assert len(post.json["entry"]) == 3
    assert len(post.values[0]["contacts"]) == 2
    assert business.texts == ["0", "1", "2", "3", "4"]


def test_other_channels_are_batched_doubled_shuffled_and_forged_too(
    control: SimulatorClient, business: Business
) -> None:
    put_other_accounts(control, business)
    control.faults(batch={"n": 3, "seconds": 5})
    for number in range(3):
        control.inbound(PAGE, MEI, f"{number}", wait=0)
    control.settle()
    [post] = business.received
    assert [len(entry["messaging"]) for entry in post.json["entry"]] == [2, 1]
    business.forget()

    control.faults(duplicate_webhooks=2, reorder_webhooks={"seconds": 0.2})
    for number in range(3):
        control.inbound(OFFICIAL, MEI, f"{number}", wait=0)
    control.settle()
    assert len(business.received) == 9
    assert len({post.body for post in business.received}) == 3
    assert b"CDATA[0]" not in business.received[0].body
    business.forget()

    control.faults(bad_signature=True)
    control.inbound(INSTA, MEI, "forged")
    control.inbound(OFFICIAL, MEI, "forged")
    insta, wechat = business.received
    assert not insta.is_signed_with(SECRET)
    parts = sorted(["wechat-token", wechat.query["timestamp"], wechat.query["nonce"]])
    assert wechat.query["signature"] != hashlib.sha1("".join(parts).encode()).hexdigest()


def test_a_forged_webhook_does_not_verify_and_is_not_retried(control: SimulatorClient, business: Business) -> None:
    control.faults(bad_signature={"remaining": 1})
    business.answers = [403]

    forged = control.inbound(NUMBER, MEI, "forged")
    control.inbound(NUMBER, MEI, "genuine")

    assert (forged.delivered, forged.status) == (False, 403)
    assert [post.is_signed_with(SECRET) for post in business.received] == [False, True]


def test_a_fault_keeps_to_its_text_and_its_number(control: SimulatorClient, business: Business) -> None:
    put_harbour_tailors(control, business, number="105511110002")
    control.faults(duplicate_webhooks={"match_text": "twice"}, accounts={"105511110002": {"duplicate_webhooks": 2}})

    control.inbound(NUMBER, MEI, "say it once")
    control.inbound(NUMBER, MEI, "say it twice")
    control.inbound("105511110002", MEI, "thrice")

    assert business.texts == ["say it once"] + ["say it twice"] * 2 + ["thrice"] * 3


@pytest.mark.parametrize(
    ("faults", "words"),
    [
        ({"explode": True}, "Unknown fault “explode”"),
        ({"delay": {"minutes": 1}}, "no option “minutes”"),
        ({"delay": -1}, "seconds must be a number from 0 to 120"),
        ({"fail": {"http_status": 200}}, "http_status must be a whole number"),
    ],
)
def test_what_is_not_understood_is_refused_in_words(
    control: SimulatorClient, faults: dict[str, object], words: str
) -> None:
    control.faults(no_statuses=True)

    with pytest.raises(SimulatorRefused, match=words):
        control.faults(**faults)

    with pytest.raises(SimulatorRefused, match="Unknown kind “telegram”"):
        control.inbound(NUMBER, MEI, kind="telegram")
    assert control.health()["webhooks"]["waiting"] == 0
