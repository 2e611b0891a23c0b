"""Our own refusals and the trouble below a vendor's answer; the same on every channel unless its catalogue says more."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ._kinds import Action, Failure, Matter

OWN = (
    Failure(
        ("window_closed",),
        _("The time to answer on %(channel)s is over, or its messages are used up: the customer must write first."),
        Matter.CUSTOMER,
        Action.HOLD_ANSWER,
    ),
    Failure(("blocked",), _("This customer is blocked: nothing is sent to them."), Matter.AGENT),
    Failure(
        ("opted_out",),
        _("The customer wants no more messages: templates and scheduled messages are not sent."),
        Matter.CUSTOMER,
        Action.CONTACT_OTHERWISE,
    ),
    Failure(
        ("too_late",),
        _("It could not leave in time. Send it again, if it is still right."),
        Matter.AGENT,
        Action.RETRY,
    ),
    Failure(
        ("over_budget",),
        _("The budget of this connection for this month does not cover it."),
        Matter.ADMIN,
        Action.RAISE_BUDGET,
    ),
    Failure(
        ("template_unusable",),
        _("The template can no longer be sent: it was paused, disabled, changed or deleted while the message waited."),
        Matter.AGENT,
        Action.USE_TEMPLATE,
    ),
    Failure(
        ("template_in_review",),
        _("The template is in review after an edit: the message leaves by itself when it is approved."),
        Matter.VENDOR,
        Action.WAIT,
    ),
    Failure(
        ("unreachable",),
        _("%(channel)s could not be reached."),
        Matter.VENDOR,
        Action.RETRY,
    ),
    Failure(
        ("credentials",),
        _("The credentials of this connection are incomplete or cannot be read."),
        Matter.ADMIN,
        Action.RECONNECT,
    ),
    Failure(("token_expired",), _("The access token has expired."), Matter.ADMIN, Action.RECONNECT),
    Failure(
        ("token_expires",),
        _("The access token expires soon and could not be renewed."),
        Matter.ADMIN,
        Action.RECONNECT,
    ),
    Failure(
        ("no_recipient",),
        _("No address of this customer on %(channel)s is known."),
        Matter.CUSTOMER,
        Action.CONTACT_OTHERWISE,
    ),
    Failure(
        ("unsupported_kind",),
        _("%(channel)s cannot carry this kind of message. Send it as text or as a file."),
        Matter.AGENT,
    ),
    Failure(("text_empty",), _("The message is empty."), Matter.AGENT),
    Failure(("text_too_long",), _("The text is too long for %(channel)s."), Matter.AGENT, Action.SPLIT_TEXT),
    Failure(
        ("too_many_options", "option_unusable", "option_empty", "option_too_long", "option_twice"),
        _("The answers to tap do not fit %(channel)s: too many of them, or one is empty, too long or there twice."),
        Matter.AGENT,
    ),
    Failure(
        ("options_without_text", "options_need_text"),
        _("On %(channel)s, answers to tap stand under a text alone. Send the file as a message of its own."),
        Matter.AGENT,
    ),
    Failure(("sticker",), _("%(channel)s does not take this sticker. Send a picture instead."), Matter.AGENT),
    Failure(
        ("reaction", "no_reactions", "no_target"),
        _("%(channel)s does not take this reaction, or not to this message."),
        Matter.AGENT,
    ),
    Failure(("no_handover",), _("On %(channel)s no other app answers in a chat."), Matter.VENDOR),
    Failure(("no_receipts",), _("%(channel)s does not show customers that a message was read."), Matter.VENDOR),
    Failure(("no_place",), _("The location has no usable coordinates."), Matter.AGENT),
    Failure(("no_contact",), _("The contact has neither a name nor a phone number."), Matter.AGENT),
    Failure(("link_missing",), _("The link has no address of a web page."), Matter.AGENT),
    Failure(
        ("no_template",),
        _("The template is not known to %(channel)s, or not in this language."),
        Matter.AGENT,
        Action.USE_TEMPLATE,
    ),
    # --- files ----------------------------------------------------------------------------------------------------
    Failure(
        ("file_too_large",),
        _("The file is larger than %(channel)s allows for its type."),
        Matter.AGENT,
        Action.CHANGE_FILE,
    ),
    Failure(
        ("file_type",),
        _("%(channel)s does not take files of this type, or the file is not what its name says."),
        Matter.AGENT,
        Action.CHANGE_FILE,
    ),
    Failure(("file_empty",), _("The file is empty."), Matter.AGENT, Action.CHANGE_FILE),
    Failure(
        ("no_file", "file_gone", "media_missing", "file_not_uploaded"),
        _("The file of this message is not there any more."),
        Matter.AGENT,
        Action.CHANGE_FILE,
    ),
    Failure(
        ("file_unreachable",),
        _("The file is not at an address of %(channel)s, so it was not fetched."),
        Matter.VENDOR,
        Action.ASK_AGAIN,
    ),
    Failure(
        ("file_damaged",),
        _("The file is damaged: it ends too early, or is not what it seems to be."),
        Matter.AGENT,
        Action.CHANGE_FILE,
    ),
    Failure(("file_pixels",), _("The picture has too many pixels."), Matter.AGENT, Action.CHANGE_FILE),
    Failure(("file_long",), _("The recording is too long."), Matter.AGENT, Action.CHANGE_FILE),
    Failure(
        ("file_large",),
        _("The file cannot be made small enough for %(channel)s."),
        Matter.AGENT,
        Action.CHANGE_FILE,
    ),
    Failure(("file_nothing",), _("There is nothing to see or hear in the file."), Matter.AGENT, Action.CHANGE_FILE),
    Failure(
        ("file_memory", "file_time"),
        _("The file could not be converted: it needs more memory or time than one file may use."),
        Matter.AGENT,
        Action.CHANGE_FILE,
    ),
    Failure(
        ("file_virus",),
        _("The virus scanner found something in the file, so it was not sent."),
        Matter.AGENT,
        Action.CHANGE_FILE,
    ),
    Failure(
        ("file_unchecked",), _("The file could not be checked for viruses just now."), Matter.PLATFORM, Action.RETRY
    ),
    Failure(("file_busy",), _("Our server was too busy to look into the file."), Matter.PLATFORM, Action.RETRY),
    Failure(("file_failed",), _("Our server failed on this file several times."), Matter.PLATFORM, Action.RETRY),
    Failure(("file_crashed",), _("The converter stopped working on the file."), Matter.PLATFORM, Action.CHANGE_FILE),
    # --- answers without a code of the vendor ---------------------------------------------------------------------
    Failure(
        ("http_401", "http_403"),
        _("%(channel)s does not accept the credentials of this connection."),
        Matter.ADMIN,
        Action.OPEN_DOCTOR,
    ),
    Failure(
        ("http_3*",),
        _("%(channel)s is not reachable at the configured address."),
        Matter.ADMIN,
        Action.OPEN_DOCTOR,
    ),
    Failure(("http_408", "http_425", "http_5*"), _("%(channel)s has had a problem."), Matter.VENDOR, Action.RETRY),
    Failure(("http_429",), _("%(channel)s has had too many requests from us."), Matter.VENDOR, Action.WAIT),
    Failure(("http_*", "unknown"), _("%(channel)s refused the message."), Matter.VENDOR, Action.RETRY),
)

# What the same codes mean where a customer's file was to be fetched.
FETCHING = (
    Failure(
        ("http_403", "http_404", "http_410", "no_file", "gone"),
        _("%(channel)s does not keep the file any more."),
        Matter.CUSTOMER,
        Action.ASK_AGAIN,
    ),
    Failure(
        ("http_3*", "http_4*"),
        _("%(channel)s does not hand over the file."),
        Matter.CUSTOMER,
        Action.ASK_AGAIN,
    ),
    Failure(("file_too_large",), _("The file is larger than may be received here."), Matter.PLATFORM),
    Failure(("file_virus",), _("The virus scanner found something in the file, so it was not kept."), Matter.CUSTOMER),
    Failure(
        ("file_unchecked",), _("The file could not be checked for viruses just now."), Matter.PLATFORM, Action.WAIT
    ),
    Failure(
        ("file_empty", "file_damaged"),
        _("The file is damaged or empty. It came so."),
        Matter.CUSTOMER,
        Action.ASK_AGAIN,
    ),
)
