"""Every failure has an explanation in the reader's language, and what fails often on a connection is seen on its page."""

from __future__ import annotations

import ast
import html
import re
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext

from channels_adapters.meta.messaging.errors import UNCERTAIN, verdicts_of
from channels_adapters.types import ChannelKind
from channels_adapters.wechat.errors import VERDICTS as WECHAT
from channels_adapters.whatsapp.errors import VERDICTS as WHATSAPP
from inbox.chatrooms.failure_patterns import Pattern, patterns_of
from inbox.chatrooms.models import Chatroom, Message
from inbox.connections.failures import Action, Matter, address_to_check, explain, explain_fetch, failure_of
from inbox.connections.models import Connection
from inbox.lib import clock
from inbox.workspaces.tenancy import scope
from media_converter.protocol import PROBLEMS
from tests.architecture.sources import calls, sources
from tests.world import World, room_with

MESSAGING = {*verdicts_of("Messenger"), "/".join(UNCERTAIN), "10/777", "200/777"}
TABLES = {
    ChannelKind.WHATSAPP: {*WHATSAPP},
    ChannelKind.MESSENGER: MESSAGING,
    ChannelKind.INSTAGRAM: MESSAGING,
    ChannelKind.WECHAT: {*WECHAT},
}
# Answers without a code of the vendor, and a code that is no code.
BELOW = {f"http_{status}" for status in (301, 400, 401, 403, 404, 408, 410, 425, 429, 503)} | {"unknown"}
# A problem of a file that has no code of its own: the sentence that is kept with it says all.
WITHOUT_CODE = {"file"}


def own_codes() -> set[str]:
    """The codes that adapters and the product give to refusals of their own, wherever they raise one."""
    found = {f"file_{problem}" for problem in PROBLEMS} | {
        "window_closed",
        "over_budget",
        "template_unusable",
        "too_late",
    }
    for source in sources("channels_adapters", "inbox/chatrooms", "inbox/connections", "inbox/media"):
        for call, _owner, name in calls(source.tree):
            given = [keyword.value for keyword in call.keywords if keyword.arg == "code" and name == "FileRefused"]
            if name in ("refusal", "_refusal", "SendError"):
                given += call.args[:1]
            if name == "_fail":
                given += call.args[1:2]
            found |= {each.value for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str)}
    return found


@pytest.mark.parametrize("channel", [*ChannelKind])
def test_every_code_that_an_adapter_or_the_product_gives_is_explained(channel: ChannelKind) -> None:
    own = own_codes()
    assert {"no_recipient", "unreachable", "file_too_large", "file_virus", "credentials"} <= own
    missing = []
    for code in sorted((TABLES[channel] | own | BELOW) - WITHOUT_CODE):
        for known in (explain, explain_fetch):
            said = known(channel, code, "UNEXPLAINED")
            if said.words == "UNEXPLAINED" or "%" in said.words + said.whose or not said.whose:
                missing.append(code)
    assert missing == []


def numbers(text: str) -> set[str]:
    """`7 41-43` are four codes."""
    spans = (part.partition("-") for part in text.split())
    return {str(code) for first, _dash, last in spans for code in range(int(first), int(last or first) + 1)}


# What the vendors document, so that a code that is lost from adapter and catalogue alike is missed.
OF_WHATSAPP = numbers(
    "0 190 3 10 200-299 131005 1 2 131000 131016 133004 131057 4 80007 130429 131056 131048 131049 131050 130472 130497"
    " 368 131031 33 100 131008 131009 131021 131026 131030 131037 131042 131045 133010 131047 131051 131052 131053 131055"
    " 131062 131063 131064 137000 131020 131041 131059 131201 131202 132000 132001 132005 132007 132012 132015 132016"
    " 132068 132069 133000 133005 133006 133008 133009 133015 133016 134011 134100-134102 135000 131035 131036"
    " 2388019 2388040 2388047 2388072 2388073 2388293 2388299"
)
OF_MESSAGING = numbers("1 2 4 10 100 190 200-299 551 613 1200 2018300 2018321 2534014 2534068") | {
    *("10/2018278", "10/2534022", "10/1893063", "100/2018001", "100/2018320", "200/1545041", "551/1545041"),
    *("200/2534041", "4/2018354", "9/2018352", "1/1357046", "2/2018344"),
}
OF_WECHAT = {"-1"} | numbers(
    "40001 40003-40014 40033 40125 40164 41001-41006 42001 43004 43019 43101 44002-44004 45002 45009 45011 45015 45047"
    " 45065-45067 45162 47001 48001 48002 48004 50002 50005"
)
DOCUMENTED = {
    ChannelKind.WHATSAPP: OF_WHATSAPP,
    ChannelKind.MESSENGER: OF_MESSAGING,
    ChannelKind.INSTAGRAM: OF_MESSAGING,
    ChannelKind.WECHAT: OF_WECHAT,
}


@pytest.mark.parametrize("channel", [*ChannelKind])
def test_every_code_that_a_vendor_documents_is_known(channel: ChannelKind) -> None:
    assert {code for code in DOCUMENTED[channel] if failure_of(channel, code) is None} == set()
    assert DOCUMENTED[channel] - TABLES[channel] == set(), "the adapter does not judge it"


@pytest.mark.parametrize("channel", [*ChannelKind])
def test_a_file_that_the_scanner_kept_from_leaving_is_the_agents_to_change(channel: ChannelKind) -> None:
    sick, unchecked = (explain(channel, code, "") for code in ("file_virus", "file_unchecked"))
    assert (sick.matter, sick.action) == (Matter.AGENT, Action.CHANGE_FILE)
    assert (unchecked.matter, unchecked.action) == (Matter.PLATFORM, Action.RETRY)
    assert "not kept" in explain_fetch(channel, "file_virus", "").words, "a customer's"


# The reasons why media does not arrive, as customers of such products are told them, and whose matter each is.
REASONS = [
    ("the session is closed", "131047", "24 hours", Matter.CUSTOMER, Action.HOLD_ANSWER),
    ("it closed while the message waited", "window_closed", "24 hours", Matter.CUSTOMER, Action.HOLD_ANSWER),
    ("the file could not be fetched", "131053", "could not be fetched", Matter.AGENT, Action.CHANGE_FILE),
    ("it is too large", "file_too_large", "larger than WhatsApp allows", Matter.AGENT, Action.CHANGE_FILE),
    ("its type does not match", "file_type", "not what its name says", Matter.AGENT, Action.CHANGE_FILE),
    ("a text stands beside audio", "131051", "beside audio, a sticker, a contact", Matter.AGENT, Action.NONE),
    ("the customer's app is old", "131026", "too old", Matter.CUSTOMER, Action.CHECK_NUMBER),
    ("terms are not accepted", "131026", "latest terms", Matter.CUSTOMER, Action.CHECK_NUMBER),
    ("the number is not on WhatsApp", "131026", "may not be on WhatsApp", Matter.CUSTOMER, Action.CHECK_NUMBER),
]


@pytest.mark.parametrize(
    ("code", "words", "matter", "action"), [row[1:] for row in REASONS], ids=[r[0] for r in REASONS]
)
def test_every_known_reason_has_its_words(code: str, words: str, matter: Matter, action: Action) -> None:
    said = explain("whatsapp", code, "")
    assert words in said.words
    assert (said.matter, said.action) == (matter, action)
    assert bool(said.action_label) is (action is not Action.NONE)


def test_the_same_code_means_what_it_means_on_the_channel() -> None:
    assert "unfollowed" in explain("wechat", "window_closed", "").words
    assert "lacks a permission" in explain("messenger", "10", "").words
    assert "to this customer" in explain("instagram", "10/999", "").words
    assert "Instagram" in explain("instagram", "613", "").words
    assert explain("messenger", "10/2018300", "").action is Action.TAKE_OVER
    assert explain("whatsapp", "no_file", "").action is Action.CHANGE_FILE
    assert explain_fetch("whatsapp", "no_file", "").action is Action.ASK_AGAIN
    assert explain_fetch("whatsapp", "190", "").action is Action.RECONNECT


def test_an_unknown_code_falls_back_to_the_sentence_kept_with_it() -> None:
    assert failure_of("whatsapp", "987654") is None
    said = explain("whatsapp", "987654", "Mars is in retrograde.")
    assert (said.words, said.whose) == ("Mars is in retrograde.", "This lies with WhatsApp.")
    assert explain("wechat", "", "").words == "WeChat refused the message."


def test_words_follow_the_reader() -> None:
    with translation.override("zh-hant"):
        assert explain("whatsapp", "131000", "").action_label == gettext("Send again") != "Send again"
    for channel, codes in TABLES.items():
        for failure in map(partial(failure_of, channel), codes):
            assert failure is not None
            assert isinstance(failure.cause, Promise), "said when it is read, not when it is loaded"


def test_a_number_can_be_looked_up_where_the_channel_has_a_page_for_it() -> None:
    assert address_to_check("whatsapp", "+852 9000 0001") == "https://wa.me/85290000001"
    assert address_to_check("whatsapp", "Ada") == address_to_check("wechat", "+85290000001") == ""


# --- patterns -------------------------------------------------------------------------------------------------------


def sends(room: Chatroom, count: int, state: str, code: str = "", category: str = "", **fields: object) -> None:
    details = {"template": {"name": "news", "category": category}} if category else {}
    values = {"details": details, "kind": "template" if category else "text", "sent_at": clock.now(), **fields}
    with scope(room.workspace_id):
        Message.objects.bulk_create(
            Message(
                workspace_id=room.workspace_id,
                chatroom=room,
                connection=room.connection,
                direction="outbound",
                state=state,
                failure_code=code,
                failure_text="Something else." if code else "",
                **values,
            )
            for _ in range(count)
        )


def found(connection: Connection) -> list[Pattern]:
    with scope(connection.workspace_id), CaptureQueriesContext(database) as captured:
        patterns = patterns_of(connection)
    assert len([query for query in captured if "chatrooms_message" in query["sql"]]) == 1
    return patterns


@pytest.fixture
def withheld(world: World) -> Chatroom:
    """40 marketing sends of which 12 were withheld, and much that has nothing to do with them."""
    room = room_with(world, "Hello", connection=world.shop, phone="85290000001")
    sends(room, 28, "delivered", category="MARKETING")
    sends(room, 12, "failed", "131049", "MARKETING")
    sends(room, 3, "failed", "131026", "UTILITY")
    sends(room, 2, "failed", "131016")
    sends(room, 1, "failed", "131000")
    sends(room, 4, "read")
    # Not ours, not settled, not lately, not here, not in this workspace.
    sends(room, 5, "sent", details={"echo": True})
    sends(room, 6, "queued")
    sends(room, 7, "failed", "131049", "MARKETING", sent_at=clock.now() - timedelta(hours=25))
    sends(room_with(world, "Hello", connection=world.events, phone="85290000002"), 8, "failed", "131049", "MARKETING")
    sends(room_with(world, "Hello", connection=world.oven, phone="85290000003"), 9, "failed", "131049", "MARKETING")
    return room


@pytest.mark.django_db(transaction=True)
def test_what_failed_is_counted_by_its_explanation(world: World, withheld: Chatroom) -> None:
    patterns = found(world.shop)
    assert [(pattern.share, pattern.codes) for pattern in patterns] == [
        ("12 of 40 marketing messages", ("131049",)),
        ("3 of 7 messages without a template", ("131000", "131016")),
        ("3 of 3 utility messages", ("131026",)),
    ]
    assert "withheld" in patterns[0].words
    assert [pattern.share for pattern in found(world.oven)] == ["9 of 9 marketing messages"]


@pytest.mark.django_db(transaction=True)
def test_administrators_see_patterns_beside_the_connection(
    world: World, withheld: Chatroom, owner: Client, stranger: Client
) -> None:
    for page in ("admin:connections_connection_change", "connection_doctor"):
        address = reverse(page, args=[world.shop.pk])
        answer = owner.get(address).content.decode()
        [section] = re.findall(r'<section id="failures".*?</section>', answer, re.DOTALL)
        words = html.unescape(" ".join(re.sub(r"<[^>]*>", " ", section).split()))
        assert "12 of 40 marketing messages WhatsApp withheld this marketing message" in words
        assert 'id="failures"' not in stranger.get(address, follow=True).content.decode()
        quiet = stranger.get(reverse(page, args=[world.oven.pk])).content.decode()
        assert "9 of 9 marketing messages" in quiet
