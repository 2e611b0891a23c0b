"""WhatsApp's error codes, and our own where WhatsApp has something better to offer."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ._kinds import Action, Failure, Matter

# Opens the chat with a number in the vendor's own app, if there is such a number.
NUMBER_ADDRESS = "https://wa.me/{digits}"

WHATSAPP = (
    # --- the customer ---------------------------------------------------------------------------------------------
    Failure(
        ("131026",),
        _(
            "This person cannot receive it on WhatsApp. The number may not be on WhatsApp, their app may be too old, or"
            " they have not accepted the latest terms."
        ),
        Matter.CUSTOMER,
        Action.CHECK_NUMBER,
    ),
    Failure(
        ("131047", "window_closed"),
        _("More than 24 hours have passed since the customer last wrote: only templates can be sent."),
        Matter.CUSTOMER,
        Action.HOLD_ANSWER,
    ),
    Failure(
        ("131050",),
        _("The customer has stopped marketing messages from this business."),
        Matter.CUSTOMER,
        Action.CONTACT_OTHERWISE,
    ),
    Failure(
        ("no_recipient",),
        _("Neither a phone number nor a WhatsApp user id of this customer is known."),
        Matter.CUSTOMER,
        Action.CONTACT_OTHERWISE,
    ),
    Failure(
        ("131062",),
        _("This template needs the phone number of the customer, which is not known."),
        Matter.CUSTOMER,
        Action.CONTACT_OTHERWISE,
    ),
    Failure(
        ("137000",),
        _("The security code of this customer has changed: make sure that it is still the same person."),
        Matter.CUSTOMER,
        Action.RETRY,
    ),
    Failure(
        ("131052",),
        _("WhatsApp could not fetch the file."),
        Matter.VENDOR,
        Action.ASK_AGAIN,
    ),
    # --- what was written -----------------------------------------------------------------------------------------
    Failure(
        ("131053",),
        _(
            "WhatsApp did not accept the file: it is too large for its type, its type does not match what is in it,"
            " or it could not be fetched."
        ),
        Matter.AGENT,
        Action.CHANGE_FILE,
    ),
    Failure(
        ("131051",),
        _(
            "WhatsApp does not support this type of message. A text beside audio, a sticker, a contact or a location"
            " goes as its own message."
        ),
        Matter.AGENT,
    ),
    Failure(("131021",), _("A number cannot write to itself."), Matter.AGENT),
    Failure(("132000",), _("Not all fields of the template are filled in."), Matter.AGENT, Action.USE_TEMPLATE),
    Failure(
        ("132001",),
        _("This template does not exist in this language, or is not approved."),
        Matter.AGENT,
        Action.USE_TEMPLATE,
    ),
    Failure(
        ("132005",),
        _("The template is too long once its fields are filled in."),
        Matter.AGENT,
        Action.USE_TEMPLATE,
    ),
    Failure(
        ("132012",),
        _("A field of the template has the wrong kind of value."),
        Matter.AGENT,
        Action.USE_TEMPLATE,
    ),
    # --- the account ----------------------------------------------------------------------------------------------
    Failure(
        ("0", "190", "http_401"),
        _("The WhatsApp connection has expired."),
        Matter.ADMIN,
        Action.RECONNECT,
    ),
    Failure(
        ("3", "10", "131005", "http_403", *map(str, range(200, 300))),
        _("The WhatsApp connection lacks a permission."),
        Matter.ADMIN,
        Action.RECONNECT,
    ),
    Failure(("33",), _("This number is no longer connected to WhatsApp."), Matter.ADMIN, Action.RECONNECT),
    Failure(
        ("368", "131031"),
        _("WhatsApp has restricted this account for breaking its rules."),
        Matter.ADMIN,
        Action.OPEN_DOCTOR,
    ),
    Failure(
        ("account_restricted",),
        _("WhatsApp has restricted what this account may send."),
        Matter.ADMIN,
        Action.OPEN_DOCTOR,
    ),
    Failure(("account_disabled",), _("WhatsApp has disabled this account."), Matter.ADMIN, Action.OPEN_DOCTOR),
    Failure(
        ("account_disconnected",),
        _("This WhatsApp account is no longer connected to the app."),
        Matter.ADMIN,
        Action.RECONNECT,
    ),
    Failure(("account_deleted",), _("This WhatsApp account was deleted."), Matter.ADMIN, Action.RECONNECT),
    Failure(
        ("131048",),
        _("This number is restricted because recipients reported it."),
        Matter.ADMIN,
        Action.OPEN_DOCTOR,
    ),
    Failure(
        ("131064",),
        _("The sending limit is reached because templates were put into the wrong category."),
        Matter.ADMIN,
        Action.OPEN_DOCTOR,
    ),
    Failure(
        ("131042",),
        _("There is a billing problem on the WhatsApp account."),
        Matter.ADMIN,
        Action.OPEN_DOCTOR,
    ),
    Failure(
        ("131037",),
        _("The display name of this number is not approved yet."),
        Matter.ADMIN,
        Action.OPEN_DOCTOR,
    ),
    Failure(
        ("131045", "133010"),
        _("This number is not registered with WhatsApp."),
        Matter.ADMIN,
        Action.OPEN_DOCTOR,
    ),
    Failure(
        ("133000", "133005", "133006", "133008", "133009", "133015", "133016"),
        _("The registration of this number is incomplete."),
        Matter.ADMIN,
        Action.OPEN_DOCTOR,
    ),
    Failure(
        ("131030",),
        _("This is a test number: it writes only to recipients on its list, and this one is not there."),
        Matter.ADMIN,
        Action.OPEN_DOCTOR,
    ),
    Failure(
        ("131035", "131036"),
        _("WhatsApp could not hand over data of this number."),
        Matter.ADMIN,
        Action.OPEN_DOCTOR,
    ),
    Failure(
        ("131055",),
        _("WhatsApp does not allow this kind of message on this number."),
        Matter.ADMIN,
        Action.OPEN_DOCTOR,
    ),
    Failure(
        ("131063",),
        _("Marketing templates are switched off for this number."),
        Matter.ADMIN,
        Action.OPEN_DOCTOR,
    ),
    Failure(
        ("130497",),
        _("This business is not allowed to message people in this country."),
        Matter.ADMIN,
        Action.CONTACT_OTHERWISE,
    ),
    Failure(("134011",), _("The terms for payments on WhatsApp are not accepted yet."), Matter.ADMIN),
    Failure(
        ("132007",),
        _("WhatsApp's rules do not allow the content of this template."),
        Matter.ADMIN,
        Action.USE_TEMPLATE,
    ),
    Failure(
        ("132015",),
        _("WhatsApp has paused this template because customers did not like it."),
        Matter.ADMIN,
        Action.USE_TEMPLATE,
    ),
    Failure(("132016",), _("WhatsApp has disabled this template for good."), Matter.ADMIN, Action.USE_TEMPLATE),
    Failure(
        ("132068", "132069"),
        _("WhatsApp blocks or slows down the form in this template."),
        Matter.ADMIN,
        Action.USE_TEMPLATE,
    ),
    Failure(
        ("2388019", "2388040", "2388047", "2388072", "2388073", "2388293", "2388299"),
        _("WhatsApp did not accept the form of this template, or the number of templates is at a limit."),
        Matter.ADMIN,
    ),
    # --- the vendor -----------------------------------------------------------------------------------------------
    Failure(
        ("131049",),
        _(
            "WhatsApp withheld this marketing message, usually because the customer has had many lately. Wait a day or more."
        ),
        Matter.VENDOR,
        Action.WAIT,
    ),
    Failure(
        ("130472", "134100", "134101", "134102"),
        _("WhatsApp does not deliver this marketing message to this customer."),
        Matter.VENDOR,
        Action.CONTACT_OTHERWISE,
    ),
    Failure(
        ("2", "131000", "131016", "131057", "133004"),
        _("WhatsApp has had a problem."),
        Matter.VENDOR,
        Action.RETRY,
    ),
    Failure(("4", "80007"), _("WhatsApp has had too many requests from us."), Matter.VENDOR, Action.WAIT),
    Failure(("130429",), _("This number has sent faster than it may."), Matter.VENDOR, Action.WAIT),
    Failure(("131056",), _("This customer was sent too many messages in a short time."), Matter.VENDOR, Action.WAIT),
    Failure(("1", "135000"), _("WhatsApp refused the message."), Matter.VENDOR, Action.RETRY),
    Failure(
        ("131020", "131041", "131059", "131201", "131202"),
        _("WhatsApp did not accept this message for the group."),
        Matter.VENDOR,
    ),
    # --- us -------------------------------------------------------------------------------------------------------
    Failure(
        ("100", "131008", "131009"),
        _("The message could not be built the way WhatsApp wants it."),
        Matter.PLATFORM,
    ),
)
