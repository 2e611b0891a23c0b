"""The form an answer is written in: what it holds, and what the channel lets one write."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from channels_adapters.splitting import split_text
from channels_adapters.types import Capabilities, MessageKind, TextMarks
from inbox.message_templates.selectors import has_templates

from ..models import Chatroom, Message
from ..outgoing_cards import kinds_on
from ..window import Window
from .chosen_files import ChosenFile
from .drafts import draft_in
from .messages import Quote, quote_of

_VISIBLE_OPTIONS = 3


@dataclass(frozen=True)
class OptionInput:
    """One answer the customer may tap, as it is being written."""

    number: int
    title: str
    is_extra: bool  # with a script it appears only when it is asked for


@dataclass(frozen=True)
class CardLink:
    """Where a location or a contact is written."""

    url: str
    icon: str
    label: str
    apart: str  # what goes out of it beside a text, with `{count}` for the number of messages


@dataclass(frozen=True)
class ComposerView:
    """`chatrooms/_composer.html`. `client_id` makes a double submit one message."""

    send_url: str
    client_id: str
    channel_label: str
    text_limit: int  # of one message, in `text_unit`: characters or bytes
    text_unit: str
    quota: int | None  # how many messages the channel allows as answer to one of the customer
    typing_url: str  # empty where the channel has no such signal
    typing_seconds: int
    option_inputs: tuple[OptionInput, ...]  # none where the channel has no such thing
    option_title_limit: int
    option_text_limit: int
    mode: str  # of the reply window: free, person, template, closed
    alternatives: str  # what it offers besides: write_yourself, template, hold, wait, with a space between
    is_writable: bool  # whether what one writes may be sent now
    window_id: str  # room-7-window, which says why
    templates_url: str  # empty where the account has none
    hold_url: str
    leaving_url: str  # keeps what stands here, without a script, and leads elsewhere
    files_url: str  # where files are brought before they are sent
    chosen_url: str  # where those of a draft come from
    file_rules_url: str  # what the channel takes
    cards: tuple[CardLink, ...]  # none where the channel has no such messages
    max_bytes: int  # of one file that comes with a form
    captioned: str  # the kinds of file that a text can stand under, with a space between
    caption_limit: int
    marks: TextMarks | None  # what the channel shows a text between as bold and so on
    draft_url: str
    draft_version: int  # what stands here is, or was made of
    draft_by: str  # the client_id of the form that wrote it
    text: str = ""
    files: tuple[ChosenFile, ...] = ()
    error: str = ""
    message_count: int = 1  # how many messages the text makes, where the channel counts them
    reply_to: Quote | None = None
    reply_to_id: str = ""
    faq_url: str = ""  # where kept answers are looked for
    seen_id: int = 0  # the newest message that stands beside it
    asks_again: bool = False  # whether a colleague's answer was in the way

    @property
    def has_options(self) -> bool:
        return any(option.title for option in self.option_inputs)

    @property
    def needs_consent(self) -> bool:
        """Several messages use up what the channel allows: the agent is asked before."""
        return self.quota is not None and 1 < self.message_count <= self.quota

    @property
    def consent_words(self) -> str:
        """The question, with `{count}` for the number of messages: the page's script puts it in while one types."""
        names = {"quota": self.quota, "channel": self.channel_label}
        return _("Use {count} of the %(quota)s messages %(channel)s allows until the customer writes again") % names

    @property
    def consent(self) -> str:
        return self.consent_words.replace("{count}", str(self.message_count))


def composer_view(
    room: Chatroom,
    window: Window,
    *,
    slug: str,
    text: str = "",
    options: Sequence[str] = (),
    files: Sequence[ChosenFile] = (),
    error: str = "",
    quoted: Message | None = None,
    draft_version: int | None = None,
    seen_id: int = 0,
    asks_again: bool = False,
) -> ComposerView:
    """Needs connection loaded, and the annotation `draft` unless the draft's version is given; of a quoted message
    author.user and chatroom.customer."""
    capabilities = room.connection.adapter.capabilities
    limits = capabilities.options
    here = [slug, room.pk]
    return ComposerView(
        send_url=reverse("chatrooms:messages", args=here),
        client_id=str(uuid.uuid4()),
        channel_label=capabilities.label,
        text_limit=capabilities.text_limit,
        text_unit=capabilities.text_unit.value,
        quota=capabilities.reply_policy.messages,
        typing_url=reverse("chatrooms:typing", args=here) if capabilities.typing_seconds else "",
        typing_seconds=capabilities.typing_seconds,
        option_inputs=_option_inputs(options, limits.count) if limits else (),
        option_title_limit=limits.title if limits else 0,
        option_text_limit=limits.text if limits else 0,
        mode=window.mode.value,
        alternatives=" ".join(window.alternatives),
        is_writable=window.allows(is_template=False, by_person=True),
        window_id=f"room-{room.pk}-window",
        templates_url=reverse("chatrooms:templates", args=here) if has_templates(room.connection) else "",
        hold_url=reverse("chatrooms:hold", args=here),
        leaving_url=reverse("chatrooms:draft_leaving", args=here),
        files_url=reverse("chatrooms:files", args=here),
        chosen_url=reverse("chatrooms:chosen_files", args=here),
        faq_url=reverse("chatrooms:faq_choices", args=here),
        file_rules_url=reverse("chatrooms:file_rules", args=here),
        cards=_card_links(here, capabilities),
        max_bytes=settings.MEDIA_MAX_BYTES,
        captioned=" ".join(sorted(capabilities.captioned)) if capabilities.caption_limit else "",
        caption_limit=capabilities.caption_limit,
        marks=capabilities.text_marks,
        draft_url=reverse("chatrooms:draft", args=here),
        draft_version=draft_in(room).version if draft_version is None else draft_version,
        draft_by=draft_in(room).client_id if draft_version is None else "",
        text=text,
        files=tuple(files),
        error=error,
        message_count=_message_count(text, capabilities),
        reply_to=quote_of(quoted, capabilities=capabilities) if quoted else None,
        reply_to_id=str(quoted.pk) if quoted else "",
        seen_id=seen_id,
        asks_again=asks_again,
    )


def _card_links(here: Sequence[object], capabilities: Capabilities) -> tuple[CardLink, ...]:
    names = {"channel": capabilities.label}
    words = {
        MessageKind.LOCATION: (
            _("Send a location"),
            _("The text goes first, then the location: {count} messages on %(channel)s.") % names,
        ),
        MessageKind.CONTACTS: (
            _("Send a contact"),
            _("The text goes first, then the contact: {count} messages on %(channel)s.") % names,
        ),
    }
    return tuple(
        CardLink(reverse(f"chatrooms:{kind}_form", args=here), kind.value, *words[kind])
        for kind in kinds_on(capabilities)
    )


def _option_inputs(titles: Sequence[str], count: int) -> tuple[OptionInput, ...]:
    """Return an input for every option the channel takes; too many that were sent stay, to be taken out again."""
    written = [title for title in titles if title.strip()]
    padded = written + [""] * (count - len(written))
    return tuple(
        OptionInput(number=number, title=title, is_extra=number > _VISIBLE_OPTIONS and not title)
        for number, title in enumerate(padded, 1)
    )


def _message_count(text: str, capabilities: Capabilities) -> int:
    quota = capabilities.reply_policy.messages
    if quota is None:
        return 1
    most = text.strip()[: capabilities.text_limit * (quota + 1)]  # beyond that it is not sent anyway
    return len(split_text(most, capabilities.text_limit, capabilities.text_unit)) or 1
