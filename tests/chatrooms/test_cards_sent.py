"""Locations and contacts, out through the real product and the simulated vendor, which refuses what Meta refuses."""

from __future__ import annotations

import pytest

from channels_adapters.types import MessageKind
from inbox.chatrooms.actions import dispatch_due, retry_message
from inbox.chatrooms.outgoing_cards import card_of
from inbox.chatrooms.presenters.unsent import unsent
from inbox.devstack.flower_shop import SHOP
from inbox.workspaces.tenancy import scope
from tests.world import messages_of, reload

from .conversation import room_of
from .lines import Line

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("line", [SHOP], indirect=True, ids=["whatsapp"]),
]

PLACE = card_of(MessageKind.LOCATION, {"position": "22.2819, 114.1582", "name": "Shop", "address": "1 Queen's Road"})
KEN = card_of(MessageKind.CONTACTS, {"name": "Ken Wong", "phone": "+85223456789", "company": "Lotus"})


def test_a_text_and_cards_arrive_in_order_each_with_its_own_fate(line: Line) -> None:
    line.says("Where are you?")
    question = messages_of(room_of(line.connection))[0]
    line.answer("Here. Ask for Ken.", files=[PLACE, KEN], reply_to=question)
    text, place, person = line.vendor.sent(line.account.account_id)
    assert (text.kind, text.text, text.reply_to) == ("text", "Here. Ask for Ken.", question.external_id)
    assert (place.kind, place.text, place.details) == ("location", "", PLACE.details)
    [contact] = person.details["contacts"]
    assert (person.kind, contact["name"]["formatted_name"], contact["org"]) == (
        "contacts",
        "Ken Wong",
        {"company": "Lotus"},
    )
    assert contact["phones"] == [{"phone": "+85223456789"}]
    assert [message.state for message in messages_of(room_of(line.connection))[1:]] == ["delivered"] * 3


def test_a_refused_location_alone_is_sent_again(line: Line) -> None:
    line.says("Where are you?")
    line.vendor.faults(fail={"code": 131026, "remaining": 1})
    failed = line.answer("", files=[PLACE])
    assert failed.state == "failed"
    said = unsent(failed, ())
    assert said is not None
    assert said.files == (PLACE.value,), "it can be held as it was"
    with scope(line.world.lotus.pk):
        retry_message(actor=line.world.amy, message=failed)
    dispatch_due()
    assert reload(failed).state in ("sent", "delivered")
    [sent] = line.vendor.sent(line.account.account_id)
    assert sent.details == PLACE.details
