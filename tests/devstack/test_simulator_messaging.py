"""Messenger and Instagram: what the Send API takes and refuses, what comes back, and what customers can do."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from inbox.devstack.simulator.client import SimulatorClient, SimulatorRefused, act

from .conftest import INSTA, MEI, NUMBER, PAGE, SECRET, Business, Graph, error_of, put_other_accounts

TOKENS = {PAGE: "page-token", INSTA: "insta-token"}
DAY = 86_400


@pytest.fixture(autouse=True)
def accounts(control: SimulatorClient, business: Business) -> None:
    put_other_accounts(control, business)


@pytest.fixture
def mei(control: SimulatorClient, business: Business) -> dict[str, str]:
    """Mei's id at each account; she has written to both."""
    control.inbound(PAGE, MEI, "Hello")
    control.inbound(INSTA, MEI, "Hello")
    business.forget()
    ids: dict[str, str] = control.put_person(MEI)["ids"]
    return ids


def send(graph: Graph, account: str, to: str, message: Any = None, **more: Any) -> httpx.Response:
    body = {"recipient": {"id": to}, "message": message or {"text": "Good morning!"}} | more
    return graph.post(f"/{account}/messages", body, token=TOKENS[account])


# --- sending --------------------------------------------------------------------------------------


@pytest.mark.parametrize("account", [PAGE, INSTA])
def test_a_text_is_taken_and_echoed_with_its_metadata(
    control: SimulatorClient, business: Business, graph: Graph, mei: dict[str, str], account: str
) -> None:
    answer = send(graph, account, mei[account], {"text": "Yes!", "metadata": "uuid-1"}, reply_to={"mid": "m_quoted"})

    assert answer.status_code == 200
    mid = answer.json()["message_id"]
    assert answer.json() == {"recipient_id": mei[account], "message_id": mid}
    control.settle()
    echo = business.items[0]
    assert (echo["sender"], echo["recipient"]) == ({"id": account}, {"id": mei[account]})
    assert echo["message"] | {"app_id": 0} == {
        "mid": mid,
        "is_echo": True,
        "app_id": 0,
        "metadata": "uuid-1",
        "text": "Yes!",
        "reply_to": {"mid": "m_quoted"},
    }
    assert business.received[0].is_signed_with(SECRET)
    assert business.received[0].json["object"] == ("page" if account == PAGE else "instagram")
    [sent] = control.sent(account)
    assert (sent.id, sent.to, sent.text, sent.correlation, sent.reply_to) == (
        mid,
        mei[account],
        "Yes!",
        "uuid-1",
        "m_quoted",
    )


def test_messenger_reports_a_delivery_with_its_messages_and_a_watermark(
    control: SimulatorClient, business: Business, graph: Graph, mei: dict[str, str]
) -> None:
    control.settings(auto_read=True, text_watermarks=True)
    mid = send(graph, PAGE, mei[PAGE]).json()["message_id"]
    control.settle()

    echo, delivery, read = business.items
    assert delivery["sender"] == {"id": mei[PAGE]}
    assert delivery["delivery"] == {"watermark": str(echo["timestamp"]), "mids": [mid]}
    assert int(read["read"]["watermark"]) >= echo["timestamp"]
    assert isinstance(read["read"]["watermark"], str)


def test_a_delivery_need_not_name_messages(
    control: SimulatorClient, business: Business, graph: Graph, mei: dict[str, str]
) -> None:
    control.settings(mids_in_receipts=False)
    send(graph, PAGE, mei[PAGE])
    control.settle()

    assert "mids" not in business.items[1]["delivery"]
    assert isinstance(business.items[1]["delivery"]["watermark"], int)


def test_instagram_tells_only_that_a_message_was_read(
    control: SimulatorClient, business: Business, graph: Graph, mei: dict[str, str]
) -> None:
    send(graph, INSTA, mei[INSTA], {"text": "one"})
    last = send(graph, INSTA, mei[INSTA], {"text": "two"}).json()["message_id"]
    control.settle()
    assert all("message" in item for item in business.items)
    business.forget()

    with httpx.stream("GET", f"{control.base_url}/phone/events", params={"account": INSTA, "person": MEI}) as events:
        next(events.iter_lines())
        control.settle()

    [seen] = business.items
    assert seen["read"] == {"mid": last}


def test_an_echo_may_be_faster_than_the_answer(
    control: SimulatorClient, business: Business, graph: Graph, mei: dict[str, str]
) -> None:
    control.settings(echo_before_answer=True)

    mid = send(graph, PAGE, mei[PAGE]).json()["message_id"]

    assert business.items[0]["message"]["mid"] == mid


@pytest.mark.parametrize(
    ("account", "body", "code", "subcode"),
    [
        (PAGE, {"message": {"metadata": "nothing to say"}}, 100, None),
        (PAGE, {"message": {"text": "x" * 2001}}, 100, None),
        (INSTA, {"message": {"text": "語" * 334}}, 100, None),
        (PAGE, {"message": {"text": "x", "attachment": {"type": "image", "payload": {"url": "http://x/"}}}}, 100, None),
        (PAGE, {"message": {"attachment": {"type": "image", "payload": {"url": "x"}}}}, 100, 2018074),
        (PAGE, {"message": {"attachment": {"type": "like_heart"}}}, 100, None),
        (PAGE, {"message": {"text": "x", "quick_replies": [{"title": "no type"}]}}, 100, None),
        (PAGE, {"message": {"text": "x", "metadata": "x" * 1001}}, 100, None),
        (PAGE, {"recipient": {"id": "1234567890123456"}}, 100, 2018001),
        (PAGE, {"recipient": None}, 100, None),
        (PAGE, {"messaging_type": "SHOUT"}, 100, None),
        (PAGE, {"messaging_type": "MESSAGE_TAG"}, 100, None),
        (PAGE, {"messaging_type": "MESSAGE_TAG", "tag": "ACCOUNT_UPDATE"}, 100, None),
        (PAGE, {"sender_action": "typing_on"}, 100, None),
    ],
)
def test_a_bad_message_is_refused_as_the_vendor_refuses(
    control: SimulatorClient,
    graph: Graph,
    mei: dict[str, str],
    account: str,
    body: dict[str, Any],
    code: int,
    subcode: int | None,
) -> None:
    answer = send(graph, account, mei[account], **body)

    assert answer.status_code == 400
    assert (error_of(answer)["code"], error_of(answer).get("error_subcode")) == (code, subcode)
    assert control.sent() == []


@pytest.mark.parametrize(("account", "subcode"), [(PAGE, 2018278), (INSTA, 2534022)])
def test_after_a_day_only_a_person_may_write_and_after_a_week_nobody(
    control: SimulatorClient, graph: Graph, mei: dict[str, str], account: str, subcode: int
) -> None:
    tagged = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    control.settings(clock_offset=DAY + 60)
    automatic, human = send(graph, account, mei[account]), send(graph, account, mei[account], **tagged)
    control.settings(clock_offset=7 * DAY + 60)
    late = send(graph, account, mei[account], **tagged)

    assert (error_of(automatic)["code"], error_of(automatic)["error_subcode"]) == (10, subcode)
    assert human.status_code == 200
    assert control.sent()[0].details["tag"] == "HUMAN_AGENT"
    assert (error_of(late)["code"], error_of(late)["error_subcode"]) == (10, subcode)


def test_quick_replies_files_and_hearts_appear_on_the_phone(
    control: SimulatorClient, graph: Graph, mei: dict[str, str]
) -> None:
    reply = {"content_type": "text", "title": "At three", "payload": "slot-15"}
    image = {"type": "image", "payload": {"url": "http://127.0.0.1/a.png"}}
    send(graph, PAGE, mei[PAGE], {"text": "When?", "quick_replies": [reply]})
    send(graph, PAGE, mei[PAGE], {"attachment": image})
    send(graph, PAGE, mei[PAGE], {"attachments": [image, image]})
    send(graph, INSTA, mei[INSTA], {"attachment": {"type": "like_heart"}})

    assert [(sent.kind, sent.text) for sent in control.sent()] == [
        ("options", "When?"),
        ("image", ""),
        ("image", ""),
        ("sticker", ""),
    ]
    assert control.sent()[0].details["options"] == [{"id": "slot-15", "title": "At three"}]


def test_typing_marks_and_reactions(control: SimulatorClient, graph: Graph, mei: dict[str, str]) -> None:
    written = control.inbound(PAGE, MEI, "A question").id
    for action in ("typing_on", "mark_seen"):
        body = {"recipient": {"id": mei[PAGE]}, "sender_action": action}
        assert graph.post(f"/{PAGE}/messages", body, token="page-token").json() == {"recipient_id": mei[PAGE]}
    love = {"payload": {"message_id": written, "reaction": "love"}, "recipient": {"id": mei[PAGE]}}
    graph.post(f"/{PAGE}/messages", love | {"sender_action": "react"}, token="page-token")

    assert [item.action for item in control.actions(PAGE)] == ["typing_on", "mark_seen", "react"]
    [mark] = control.reads(PAGE)
    assert mark.id == written
    assert control.inbound_log(PAGE)[-1]["reactions"] == {"business": "❤️"}
    wrong = {"payload": {"message_id": written, "reaction": "wow"}, "recipient": {"id": mei[INSTA]}}
    refused = graph.post(f"/{INSTA}/messages", wrong | {"sender_action": "react"}, token="insta-token")
    assert error_of(refused)["code"] == 100


@pytest.mark.parametrize("account", [PAGE, INSTA])
def test_faults_strike_here_too(
    control: SimulatorClient, business: Business, graph: Graph, mei: dict[str, str], account: str
) -> None:
    control.faults(
        fail={"code": 551, "subcode": 1545041, "http_status": 400, "remaining": 1},
        drop_after_accept={"match_text": "lost"},
        accounts={account: {"expired_token": {"remaining": 1}}},
    )
    expired, refused, taken = (send(graph, account, mei[account]) for _ in range(3))
    with pytest.raises(httpx.RemoteProtocolError):
        send(graph, account, mei[account], {"text": "lost answer", "metadata": "uuid-2"})

    assert (expired.status_code, error_of(expired)["code"]) == (401, 190)
    assert (error_of(refused)["code"], error_of(refused)["error_subcode"]) == (551, 1545041)
    assert taken.status_code == 200
    control.settle()
    assert "uuid-2" in [item["message"].get("metadata") for item in business.items if "message" in item]


def test_echoes_and_receipts_can_be_late_or_never_come(
    control: SimulatorClient, business: Business, graph: Graph, mei: dict[str, str]
) -> None:
    control.faults(no_echo={"match_text": "silent"}, no_statuses={"match_text": "silent"}, status_delay=0.3)
    send(graph, PAGE, mei[PAGE], {"text": "silent"})
    send(graph, PAGE, mei[PAGE], {"text": "slow"})

    assert control.settle()
    echo, delivery = business.items
    assert echo["message"]["text"] == "slow"
    assert delivery["delivery"]["mids"] == [echo["message"]["mid"]]
    assert business.received[1].at - business.received[0].at > 0.2


def test_the_account_has_a_throughput(control: SimulatorClient, graph: Graph, mei: dict[str, str]) -> None:
    control.settings(send_limit=1)

    assert 613 in [send(graph, PAGE, mei[PAGE]).json().get("error", {}).get("code") for _ in range(5)]


# --- the account and its people -------------------------------------------------------------------


def test_a_profile_needs_that_the_person_wrote(control: SimulatorClient, graph: Graph, mei: dict[str, str]) -> None:
    page = graph.get(f"/{mei[PAGE]}?fields=first_name,last_name,profile_pic", token="page-token").json()
    insta = graph.get(f"/{mei[INSTA]}?fields=name,username,profile_pic", token="insta-token").json()

    assert (page["first_name"], page["last_name"]) == ("Mei", "Chan 陳美儀")
    assert (insta["name"], insta["username"]) == ("Mei Chan 陳美儀", "mei.chan")
    picture = httpx.get(page["profile_pic"])
    assert picture.headers["content-type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")
    control.put_person("kenji", "Kenji", ids={INSTA: "7700000000000001"})
    silent = graph.get("/7700000000000001?fields=name", token="insta-token")
    assert (error_of(silent)["code"], "consent" in error_of(silent)["message"]) == (230, True)
    other = graph.get(f"/{mei[PAGE]}?fields=name", token="insta-token")
    assert (error_of(other)["code"], error_of(other)["error_subcode"]) == (100, 33)


def test_an_account_tells_who_it_is(graph: Graph) -> None:
    assert graph.get(f"/{PAGE}?fields=id,name", token="page-token").json() == {"id": PAGE, "name": "Harbour Tailors"}
    assert graph.get("/me?fields=user_id,username", token="insta-token").json() == {
        "id": INSTA,
        "user_id": INSTA,
        "username": "harbour.tailors",
    }
    assert error_of(graph.get(f"/{PAGE}", token="insta-token"))["code"] == 190


def test_without_a_subscription_nothing_arrives(control: SimulatorClient, business: Business, graph: Graph) -> None:
    path = f"/{PAGE}/subscribed_apps"
    [app] = graph.get(path, token="page-token").json()["data"]
    assert "messages" in app["subscribed_fields"]
    graph.http.delete(path, headers={"authorization": "Bearer page-token"})
    assert graph.get(path, token="page-token").json() == {"data": []}
    lost = control.inbound(PAGE, MEI, "Anybody there?")
    unknown = graph.http.post(
        f"{path}?subscribed_fields=messages,nonsense", headers={"authorization": "Bearer page-token"}
    )
    graph.http.post(f"{path}?subscribed_fields=messages", headers={"authorization": "Bearer page-token"})
    control.inbound(PAGE, MEI, "Now?")
    control.inbound(PAGE, MEI, kind="reaction", target="m_1")

    assert not lost.delivered
    assert error_of(unknown)["code"] == 100
    assert [item["message"]["text"] for item in business.items] == ["Now?"]


def test_a_page_stands_for_the_instagram_account_linked_to_it(
    control: SimulatorClient, business: Business, graph: Graph
) -> None:
    control.put_account(INSTA, "instagram", page_id=PAGE, access_token="page-token")
    control.inbound(INSTA, MEI, "Hello")
    igsid = control.put_person(MEI)["ids"][INSTA]
    business.forget()

    assert send(graph, PAGE, igsid).status_code == 200

    control.settle()
    assert [post.json["object"] for post in business.received] == ["instagram"]
    page = graph.get(f"/{PAGE}?fields=instagram_business_account", token="page-token").json()
    assert page["instagram_business_account"] == {"id": INSTA}


def test_an_instagram_token_can_be_prolonged(graph: Graph) -> None:
    query = "?grant_type=ig_refresh_token&access_token="
    answer = graph.http.get(f"/refresh_access_token{query}insta-token").json()

    assert answer["expires_in"] == 60 * DAY
    for token in ("insta-token", answer["access_token"]):
        assert graph.get(f"/{INSTA}", token=token).status_code == 200
    assert error_of(graph.http.get(f"/refresh_access_token{query}page-token"))["code"] == 190


def test_a_token_tells_what_it_may_do(control: SimulatorClient, graph: Graph) -> None:
    control.put_account(PAGE, "messenger", scopes=["pages_manage_metadata"], token_expires_at=2_000_000_000)

    data = graph.get("/debug_token?input_token=page-token", token=f"1|{SECRET}").json()["data"]

    assert (data["is_valid"], data["scopes"], data["expires_at"]) == (True, ["pages_manage_metadata"], 2_000_000_000)
    assert graph.get("/debug_token?input_token=other", token="page-token").json()["data"]["is_valid"] is False
    granted = graph.get("/me/permissions", token="page-token").json()["data"]
    assert granted == [{"permission": "pages_manage_metadata", "status": "granted"}]
    control.inbound(PAGE, MEI, "Hello")
    assert error_of(send(graph, PAGE, control.put_person(MEI)["ids"][PAGE]))["code"] == 200


# --- people act -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("account", "kind", "fields", "part"),
    [
        (PAGE, "image", {}, {"attachments": ["image"]}),
        (PAGE, "voice", {}, {"attachments": ["audio"]}),
        (PAGE, "document", {}, {"attachments": ["file"]}),
        (PAGE, "sticker", {}, {"attachments": ["image", "sticker"]}),
        (PAGE, "location", {}, {"attachments": ["location"]}),
        (PAGE, "link", {}, {"attachments": ["fallback"]}),
        (PAGE, "link", {"link_type": "reel"}, {"attachments": ["reel"]}),
        (PAGE, "choice", {"title": "At three", "option_id": "slot-15"}, {"quick_reply": {"payload": "slot-15"}}),
        (INSTA, "story_mention", {}, {"attachments": ["story_mention"]}),
        (INSTA, "like_heart", {}, {"attachments": ["like_heart"]}),
        (INSTA, "ephemeral", {}, {"attachments": ["ephemeral"]}),
        (INSTA, "link", {"link_type": "post"}, {"attachments": ["ig_post"]}),
        (INSTA, "unsupported", {}, {"is_unsupported": True}),
    ],
)
def test_every_kind_of_message_has_its_part(
    control: SimulatorClient,
    business: Business,
    account: str,
    kind: str,
    fields: dict[str, Any],
    part: dict[str, Any],
) -> None:
    delivery = control.inbound(account, MEI, kind=kind, **fields)

    [item] = business.items
    message = item["message"]
    if "attachments" in message:
        message["attachments"] = [attachment["type"] for attachment in message["attachments"]]
    assert message | part == message
    assert (delivery.id, item["recipient"]) == (message["mid"], {"id": account})
    assert abs(item["timestamp"] / 1000 - time.time()) < 5


def test_a_customers_file_can_be_fetched(control: SimulatorClient, business: Business) -> None:
    control.inbound(PAGE, MEI, kind="voice")

    [attachment] = business.items[0]["message"]["attachments"]
    assert httpx.get(attachment["payload"]["url"]).content.startswith(b"RIFF")


def test_reactions_edits_and_unsends_name_their_message(control: SimulatorClient, business: Business) -> None:
    mid = control.inbound(INSTA, MEI, "Fridya?").id
    control.inbound(INSTA, MEI, "Friday?", kind="edit", target=mid)
    control.inbound(INSTA, MEI, kind="reaction", target=mid, emoji="😮")
    control.inbound(INSTA, MEI, kind="reaction", target=mid, emoji="")
    gone = control.inbound(INSTA, MEI, kind="unsend", target=mid)

    _, edit, react, unreact, unsend = business.items
    assert edit["message_edit"] == {"mid": mid, "text": "Friday?", "num_edit": 1}
    assert react["reaction"] == {"mid": mid, "action": "react", "reaction": "wow", "emoji": "😮"}
    assert unreact["reaction"] == {"mid": mid, "action": "unreact"}
    assert unsend["message"] == {"mid": mid, "is_deleted": True}
    assert gone.message is not None
    assert (gone.message["revoked"], gone.message["text"]) == (True, "")


def test_stories_referrals_and_postbacks(control: SimulatorClient, business: Business) -> None:
    control.inbound(INSTA, MEI, "So pretty", kind="story_reply")
    control.inbound(PAGE, MEI, kind="referral", referral="link", ref="poster")
    control.inbound(PAGE, MEI, "Is it still on?", kind="referral", referral="ad")
    control.inbound(PAGE, MEI, kind="postback", title="Get Started", payload="START")

    story, link, advert, start = business.items
    assert story["message"]["reply_to"]["story"]["url"].startswith("http")
    assert link["referral"] == {"ref": "poster", "source": "SHORTLINK", "type": "OPEN_THREAD"}
    assert advert["message"]["referral"]["source"] == "ADS"
    assert (start["postback"]["title"], start["postback"]["payload"]) == ("Get Started", "START")


@pytest.mark.parametrize("account", [PAGE, INSTA])
def test_the_business_may_write_in_the_vendors_own_app(
    control: SimulatorClient, business: Business, graph: Graph, mei: dict[str, str], account: str
) -> None:
    control.inbound(account, MEI, "From the phone", kind="app_message")

    [echo] = business.items
    assert echo["sender"] == {"id": account}
    assert (echo["message"]["is_echo"], echo["message"]["text"]) == (True, "From the phone")
    assert "metadata" not in echo["message"]
    assert control.sent() == []


def test_a_batch_holds_entries_of_several_accounts(control: SimulatorClient, business: Business) -> None:
    control.put_account("301100000000002", "messenger", name="Annex", access_token="t2", app_secret=SECRET)
    control.put_account("301100000000002", "messenger", webhook_url=business.url)

    ids = control.batch(act(PAGE, MEI, "one"), act("301100000000002", MEI, "two"), act(PAGE, MEI, "three"))

    [post] = business.received
    assert [entry["id"] for entry in post.json["entry"]] == [PAGE, "301100000000002", PAGE]
    assert [item["message"]["mid"] for item in post.items] == ids
    assert len({item["sender"]["id"] for item in post.items}) == 2
    with pytest.raises(SimulatorRefused, match="one vendor"):
        control.batch(act(PAGE, MEI, "one"), act(NUMBER, MEI, "two"))


def test_any_item_and_any_bytes_can_be_sent_signed(control: SimulatorClient, business: Business) -> None:
    control.webhook(PAGE, {"sender": {"id": "1"}}, field="messaging_handovers")
    control.webhook(PAGE, {"sender": {"id": "2"}}, field="standby")
    control.raw(PAGE, b'{"object": "page", "entry": [\xff')

    item, standby, raw = business.received
    assert item.items == [{"sender": {"id": "1"}}]
    assert standby.json["entry"][0]["standby"] == [{"sender": {"id": "2"}}]
    assert raw.body == b'{"object": "page", "entry": [\xff'
    assert raw.is_signed_with(SECRET)
