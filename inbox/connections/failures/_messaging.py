"""The error codes of Messenger and Instagram: `code/subcode` where the subcode decides."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ._kinds import Action, Failure, Matter

MESSAGING = (
    # --- the customer ---------------------------------------------------------------------------------------------
    Failure(
        ("10/2018065", "10/2018278", "10/2534022"),
        _(
            "More than 24 hours have passed since the customer last wrote. For 7 days a person may still answer; after"
            " that the customer must write first."
        ),
        Matter.CUSTOMER,
        Action.HOLD_ANSWER,
    ),
    Failure(
        ("551", "551/1545041", "200/1545041", "10/2018108", "200/2018108"),
        _("The customer cannot receive messages: they may have blocked this account or left %(channel)s."),
        Matter.CUSTOMER,
        Action.CONTACT_OTHERWISE,
    ),
    Failure(
        ("100/2018001", "2534014"),
        _("%(channel)s does not know this customer."),
        Matter.CUSTOMER,
        Action.CONTACT_OTHERWISE,
    ),
    Failure(
        ("10/*", "200/*"),
        _("%(channel)s does not allow this message to this customer."),
        Matter.CUSTOMER,
        Action.CONTACT_OTHERWISE,
    ),
    # --- what was written -----------------------------------------------------------------------------------------
    Failure(("100/2018007",), _("The file is too large for %(channel)s."), Matter.AGENT, Action.CHANGE_FILE),
    Failure(
        ("100/2018047", "100/2018320"),
        _("%(channel)s did not accept the file: its type, or what is in it."),
        Matter.AGENT,
        Action.CHANGE_FILE,
    ),
    Failure(
        ("2534068",),
        _("%(channel)s does not take several pictures in one message here. Send them one by one."),
        Matter.AGENT,
    ),
    Failure(
        ("2018300", "2018321"),
        _("Another app answers in this chat. Take the chat over first."),
        Matter.AGENT,
        Action.TAKE_OVER,
    ),
    Failure(
        ("1/1357046",),
        _("It is not certain that the message was sent. Look into the chat first."),
        Matter.AGENT,
        Action.RETRY,
    ),
    # --- the account ----------------------------------------------------------------------------------------------
    Failure(("190", "http_401"), _("The %(channel)s connection has expired."), Matter.ADMIN, Action.RECONNECT),
    Failure(
        ("10", "http_403", *map(str, range(200, 300))),
        _("The %(channel)s connection lacks a permission."),
        Matter.ADMIN,
        Action.RECONNECT,
    ),
    Failure(("100/33",), _("This account is no longer connected to %(channel)s."), Matter.ADMIN, Action.RECONNECT),
    Failure(
        ("368", "10/1893063"),
        _("%(channel)s has restricted this account for breaking its rules."),
        Matter.ADMIN,
        Action.OPEN_DOCTOR,
    ),
    Failure(
        ("200/2534041",),
        _("Access to messages is switched off in the settings of the Instagram account."),
        Matter.ADMIN,
        Action.OPEN_DOCTOR,
    ),
    Failure(("2/2018344",), _("The page's owner has not accepted Meta's terms."), Matter.ADMIN, Action.OPEN_DOCTOR),
    # --- the vendor -----------------------------------------------------------------------------------------------
    Failure(
        ("1", "2", "1200"),
        _("%(channel)s has had a problem. If others receive messages, the customer may have blocked this account."),
        Matter.VENDOR,
        Action.RETRY,
    ),
    Failure(
        ("4", "4/2018354", "9/2018352", "17", "32", "613", "80002", "80006"),
        _("%(channel)s has had too many requests from us."),
        Matter.VENDOR,
        Action.WAIT,
    ),
    Failure(
        ("100/2018008", "100/2018074"),
        _("%(channel)s could not fetch the file, or does not keep it any more."),
        Matter.VENDOR,
        Action.RETRY,
    ),
    # --- us -------------------------------------------------------------------------------------------------------
    Failure(
        ("100",),
        _("The message could not be built the way %(channel)s wants it."),
        Matter.PLATFORM,
    ),
)
