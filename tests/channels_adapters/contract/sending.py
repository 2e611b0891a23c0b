"""What leaves: messages of every declared kind, and the courtesies."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels_adapters.errors import Remedy, SendError
from channels_adapters.splitting import length_of, split_text
from channels_adapters.types import (
    HttpRequest,
    MediaReference,
    MessageKind,
    Option,
    OutboundReaction,
    Person,
    TextUnit,
)

from .checks import assert_secretless, outcome_of, quick, texts
from .subject import FILES, Subject

# What may stand in an address or a header.
SENDABLE = re.compile(r"[ -~]*")


class SendingContract(Subject):
    # --- texts ------------------------------------------------------------------------------------

    def test_a_text_of_exactly_the_limit_is_described(self) -> None:
        assert self.requests(text="x" * self.adapter.capabilities.text_limit)

    def test_a_text_over_the_limit_is_refused_in_clear_words(self) -> None:
        capabilities = self.adapter.capabilities
        too_long = ["x" * (capabilities.text_limit + 1)]
        if capabilities.text_unit is TextUnit.BYTES:
            too_long.append("ä" * (capabilities.text_limit // 2 + 1))
        else:
            assert self.requests(text="😀" * capabilities.text_limit)
        for text in too_long:
            refused = self.refused(text=text)
            assert str(capabilities.text_limit) in refused.public_text

    def test_every_part_of_a_text_cut_for_this_channel_is_described(self) -> None:
        capabilities = self.adapter.capabilities
        text = "Grüße aus Köln 😀 und 你好 " * (capabilities.text_limit // 10)
        parts = split_text(text, capabilities.text_limit, capabilities.text_unit)
        assert len(parts) > 1
        assert all(self.requests(text=part) for part in parts)

    @pytest.mark.parametrize("text", ["", " \n\t"])
    def test_an_empty_text_is_refused(self, text: str) -> None:
        self.refused(text=text)

    def test_a_customer_without_an_identity_of_this_channel_is_refused(self) -> None:
        self.refused(recipient=Person((), "Nobody"))

    def test_the_correlation_id_travels_along_where_the_channel_returns_it(self) -> None:
        sent = b"".join(request.body for request in self.requests())
        assert (b"correlation-id-55" in sent) is self.adapter.capabilities.carries_correlation

    def test_of_several_requests_the_last_alone_carries_the_correlation_id(self) -> None:
        capabilities = self.adapter.capabilities
        several = [
            requests
            for kind in sorted(self.adapter.capabilities.sends)
            if not isinstance(requests := outcome_of(self.requests, kind=kind, text="beside-text-11"), SendError)
            and len(requests) > 1
        ]
        assert several
        for requests in several:
            carrying = [b"correlation-id-55" in request.body for request in requests]
            assert carrying == [False] * (len(requests) - 1) + [capabilities.carries_correlation]

    def test_the_quoted_message_travels_along_where_the_channel_can_quote(self) -> None:
        sent = b"".join(request.body for request in self.requests(reply_to="quoted-id-77"))
        assert (b"quoted-id-77" in sent) is self.adapter.capabilities.can_reply

    @quick
    @given(text=texts, correlation_id=texts, reply_to=texts, by_person=st.booleans())
    def test_any_text_is_described_or_refused(
        self, text: str, correlation_id: str, reply_to: str, by_person: bool
    ) -> None:
        outcome = outcome_of(
            self.requests, text=text, correlation_id=correlation_id, reply_to=reply_to, by_person=by_person
        )
        if isinstance(outcome, SendError):
            assert outcome.public_text
        else:
            for request in outcome:
                self.assert_addressed(request)
                request.body.decode()

    # --- other kinds ------------------------------------------------------------------------------

    @pytest.mark.parametrize("kind", list(MessageKind))
    def test_only_the_declared_kinds_are_described(self, kind: MessageKind) -> None:
        if kind in self.adapter.capabilities.sends:
            for request in self.requests(kind=kind):
                self.assert_addressed(request)
        else:
            self.refused(kind)

    @pytest.mark.parametrize("kind", sorted(FILES))
    def test_a_file_travels_by_its_id_or_by_its_url(self, kind: MessageKind) -> None:
        if kind not in self.adapter.capabilities.sends & self.files:
            pytest.skip("not a file of this channel")
        url = "https://files.example/file-22"
        ways = {
            "media-id-44": outcome_of(self.requests, kind=kind),
            url: outcome_of(self.requests, kind=kind, media=MediaReference(kind, url=url)),
        }
        described = {mark: way for mark, way in ways.items() if not isinstance(way, SendError)}
        assert described
        for mark, requests in described.items():
            assert mark.encode() in b"".join(request.body for request in requests)

    @pytest.mark.parametrize("kind", sorted(FILES))
    def test_a_file_message_without_a_file_is_refused(self, kind: MessageKind) -> None:
        if kind in self.files:
            self.refused(kind, media=None)
        self.refused(kind, media=MediaReference(kind))

    @pytest.mark.parametrize("kind", [MessageKind.LOCATION, MessageKind.CONTACTS, MessageKind.LINK])
    @pytest.mark.parametrize("details", [{}, {"latitude": "north", "contacts": [7], "url": None}])
    def test_a_message_without_the_facts_of_its_kind_is_refused(
        self, kind: MessageKind, details: dict[str, object]
    ) -> None:
        self.refused(kind, details=details)

    def test_a_template_message_without_a_template_is_refused(self) -> None:
        self.refused(MessageKind.TEMPLATE, template=None)

    @pytest.mark.parametrize("kind", sorted(FILES | {MessageKind.LOCATION, MessageKind.CONTACTS}))
    def test_a_text_beside_another_kind_is_never_lost(self, kind: MessageKind) -> None:
        outcome = outcome_of(self.requests, kind=kind, text="beside-text-11")
        if isinstance(outcome, SendError):
            assert outcome.remedy is Remedy.GIVE_UP
        else:
            assert b"beside-text-11" in b"".join(request.body for request in outcome)

    def test_captions_are_as_long_as_declared(self) -> None:
        capabilities = self.adapter.capabilities
        for kind in capabilities.captioned & capabilities.sends if capabilities.caption_limit else ():
            assert len(self.requests(kind=kind, text="x" * capabilities.caption_limit)) == 1
            refused = self.refused(kind, text="x" * (capabilities.caption_limit + 1))
            assert str(capabilities.caption_limit) in refused.public_text

    # --- options ----------------------------------------------------------------------------------

    def test_options_are_as_many_and_as_long_as_declared(self) -> None:
        limits = self.adapter.capabilities.options
        if limits is None:
            self.refused(options=(Option("id-0", "Yes"),))
            return
        for count in range(1, limits.count + 1):
            sent = b"".join(r.body for r in self.requests(text="x" * limits.text, options=options(count, limits.title)))
            assert all(f"option-id-{number}".encode() in sent for number in range(count)), count
        assert str(limits.count) in self.refused(options=options(limits.count + 1, 5)).public_text
        assert str(limits.title) in self.refused(options=options(1, limits.title + 1)).public_text
        assert str(limits.text) in self.refused(text="x" * (limits.text + 1), options=options(1, 5)).public_text

    def test_the_text_over_options_counts_in_the_channels_unit_and_a_title_in_characters(self) -> None:
        limits, unit = self.adapter.capabilities.options, self.adapter.capabilities.text_unit
        if limits is None:
            pytest.skip("no options")
        size = length_of("好", unit)
        longest = "好" * (limits.text // size) + "x" * (limits.text % size)
        assert length_of(longest, unit) == limits.text
        assert self.requests(text=longest, options=(Option("1", "好" * limits.title),))
        assert (
            str(limits.text) in self.refused(text="好" * (limits.text // size + 1), options=options(1, 5)).public_text
        )

    @quick
    @given(pairs=st.lists(st.tuples(texts, texts, texts), max_size=14))
    def test_any_options_are_described_or_refused(self, pairs: list[tuple[str, str, str]]) -> None:
        outcome = outcome_of(self.requests, options=tuple(Option(*pair) for pair in pairs))
        if isinstance(outcome, SendError):
            assert outcome.remedy is Remedy.GIVE_UP
        else:
            assert all(request.body.decode() for request in outcome)

    # --- courtesies -------------------------------------------------------------------------------

    def test_reactions_are_set_and_taken_back_where_the_channel_can(self) -> None:
        known = self.adapter.capabilities.reactions
        for emoji in (*(known or ("👍", "🦄")), ""):
            reaction = OutboundReaction(self.recipient, "target-id-99", emoji)
            outcome = outcome_of(self.adapter.reaction_request, reaction, self.credentials)
            if known is None:
                assert isinstance(outcome, SendError)
                assert outcome.remedy is Remedy.GIVE_UP
            else:
                self.assert_addressed(outcome)
                assert b"target-id-99" in outcome.body

    def test_a_reaction_outside_the_vendors_set_is_refused(self) -> None:
        if not self.adapter.capabilities.reactions:
            pytest.skip("any emoji, or none")
        with pytest.raises(SendError) as refused:
            self.adapter.reaction_request(OutboundReaction(self.recipient, "target-id-99", "🦄"), self.credentials)
        assert refused.value.remedy is Remedy.GIVE_UP

    def test_reading_is_reported_if_the_channel_can(self) -> None:
        outcome = outcome_of(self.adapter.mark_read_request, self.recipient, "read-id-88", self.credentials)
        self.assert_courtesy(outcome, possible=self.adapter.capabilities.can_mark_read)

    def test_typing_is_shown_if_the_channel_can(self) -> None:
        outcome = outcome_of(self.adapter.typing_request, self.recipient, "read-id-88", self.credentials)
        self.assert_courtesy(outcome, possible=self.adapter.capabilities.typing_seconds > 0)

    # --- credentials ------------------------------------------------------------------------------

    def test_missing_or_unusable_credentials_are_a_matter_for_the_operator(self) -> None:
        fields = self.adapter.capabilities.account_credentials
        for name in {*(field.name for field in fields), "access_token"}:
            for value in (None, "", "  ", "broken\nvalue-99", "no-äscii-99"):
                credentials = {known: text for known, text in self.credentials.items() if known != name}
                if value is not None:
                    credentials[name] = value
                outcomes = [
                    outcome_of(describe, credentials)
                    for what, describe in self.descriptions().items()
                    if not isinstance(outcome_of(describe, self.credentials), SendError)
                ]
                for outcome in outcomes:
                    if isinstance(outcome, SendError):  # a field that a request does not need may be missing
                        assert outcome.remedy is Remedy.OPERATOR
                        assert_secretless(outcome, ["value-99", "scii-99", *self.secret_values()])
                    else:
                        for request in outcome if isinstance(outcome, list) else [outcome]:
                            assert request is None or SENDABLE.fullmatch(
                                request.url + "".join(request.headers.values())
                            )

    # --- asserts ----------------------------------------------------------------------------------

    def refused(self, kind: MessageKind = MessageKind.TEXT, **changes: object) -> SendError:
        with pytest.raises(SendError) as refused:
            self.requests(kind=kind, **changes)
        assert refused.value.remedy is Remedy.GIVE_UP
        assert refused.value.public_text.endswith(".")
        return refused.value

    def assert_addressed(self, request: HttpRequest) -> None:
        assert request.url.startswith(self.credentials["base_url"] + "/")

    def assert_courtesy(self, outcome: HttpRequest | SendError, *, possible: bool) -> None:
        if possible:
            assert isinstance(outcome, HttpRequest)
            self.assert_addressed(outcome)
            assert json.loads(outcome.body)
        else:
            assert isinstance(outcome, SendError)
            assert outcome.remedy is Remedy.GIVE_UP


def options(count: int, length: int) -> tuple[Option, ...]:
    """Return options whose titles differ and are exactly this long."""
    return tuple(Option(f"option-id-{number}", f"{number:x>{length}}"[-length:]) for number in range(count))
