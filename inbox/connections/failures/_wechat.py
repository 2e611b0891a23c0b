"""WeChat's error codes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ._kinds import Action, Failure, Matter

WECHAT = (
    # --- the customer ---------------------------------------------------------------------------------------------
    Failure(
        ("45015", "window_closed"),
        _("The time to answer on WeChat is over, or the customer has unfollowed the account: they must write first."),
        Matter.CUSTOMER,
        Action.HOLD_ANSWER,
    ),
    Failure(
        ("45047",),
        _("WeChat allows 5 messages after each message of a customer, and they are used up."),
        Matter.CUSTOMER,
        Action.HOLD_ANSWER,
    ),
    Failure(
        ("43004", "50005"),
        _("The customer does not follow the account any more."),
        Matter.CUSTOMER,
        Action.CONTACT_OTHERWISE,
    ),
    Failure(
        ("43101", "48002"),
        _("The customer does not accept messages from the account."),
        Matter.CUSTOMER,
        Action.CONTACT_OTHERWISE,
    ),
    Failure(
        ("40003",),
        _("WeChat does not know this customer on this account."),
        Matter.CUSTOMER,
        Action.CONTACT_OTHERWISE,
    ),
    Failure(
        ("45080", "45081"),
        _("WeChat does not show this customer at the moment that somebody is typing."),
        Matter.VENDOR,
    ),
    # --- what was written -----------------------------------------------------------------------------------------
    Failure(
        (*(str(code) for code in range(40004, 40013) if code != 40007), "45162"),
        _("WeChat did not accept the file: its type or its size."),
        Matter.AGENT,
        Action.CHANGE_FILE,
    ),
    Failure(("45002",), _("The text is too long for WeChat."), Matter.AGENT, Action.SPLIT_TEXT),
    # --- the account ----------------------------------------------------------------------------------------------
    Failure(
        ("43019",),
        _("The customer is on the blacklist of the account."),
        Matter.ADMIN,
    ),
    Failure(
        ("40001", "40014", "42001"),
        _("WeChat does not accept the access token of this connection."),
        Matter.ADMIN,
        Action.OPEN_DOCTOR,
    ),
    Failure(
        ("40013", "40125", *map(str, range(41001, 41007))),
        _("The AppID or the AppSecret of the WeChat connection is wrong."),
        Matter.ADMIN,
        Action.RECONNECT,
    ),
    Failure(
        ("40164",),
        _("WeChat does not take calls from this server: its address is missing in the IP whitelist of the account."),
        Matter.ADMIN,
        Action.OPEN_DOCTOR,
    ),
    Failure(
        ("48001",),
        _("This account may not send customer messages: WeChat asks for it to be verified."),
        Matter.ADMIN,
        Action.OPEN_DOCTOR,
    ),
    Failure(("48004", "50002"), _("WeChat has restricted this account."), Matter.ADMIN, Action.OPEN_DOCTOR),
    Failure(
        ("45009",),
        _("The daily limit of calls to WeChat is reached."),
        Matter.ADMIN,
        Action.WAIT,
    ),
    # --- the vendor -----------------------------------------------------------------------------------------------
    Failure(("-1",), _("WeChat has had a problem."), Matter.VENDOR, Action.RETRY),
    Failure(("45011",), _("WeChat has had too many requests from us."), Matter.VENDOR, Action.WAIT),
    Failure(("40007",), _("WeChat does not keep the file any more."), Matter.VENDOR, Action.RETRY),
    Failure(("45065",), _("WeChat has taken this message already."), Matter.VENDOR),
    # --- us -------------------------------------------------------------------------------------------------------
    Failure(
        ("40033", "44002", "44003", "44004", "45066", "45067", "47001"),
        _("The message could not be built the way WeChat wants it."),
        Matter.PLATFORM,
    ),
)
