"""What adapters say of accounts, in the language of whoever reads it: adapters speak English, and know no catalogues.

A name in a phrase stands for what the vendor called something; it stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

_PHRASES = (
    # --- what is asked
    gettext_noop("Access token"),
    gettext_noop("AppID and AppSecret"),
    gettext_noop("Calls to WeChat"),
    gettext_noop("Customer messages"),
    gettext_noop("Permissions"),
    gettext_noop("Phone number"),
    gettext_noop("The account"),
    gettext_noop("Webhook subscription"),
    gettext_noop("Webhooks of this account"),
    # --- every channel
    gettext_noop("%(channel)s gave no usable answer."),
    gettext_noop("%(channel)s refused the question."),
    gettext_noop("Check again in a few minutes."),
    gettext_noop("The access token has all permissions."),
    gettext_noop("Enter the app ID in the settings of the Meta app, then check again."),
    # --- WhatsApp's checks
    gettext_noop(
        "In Meta's business settings, generate a token for the system user with the permissions %(permissions)s, and "
        "enter it here."
    ),
    gettext_noop("Check the phone number ID, and that the system user may manage this WhatsApp account."),
    gettext_noop("Subscribe the app to this WhatsApp account, and check the WhatsApp Business account ID."),
    gettext_noop("The access token is not valid."),
    gettext_noop("The access token lacks %(permissions)s."),
    gettext_noop("The access token has all permissions and does not run out."),
    gettext_noop("The access token has all permissions and is valid until %(day)s."),
    gettext_noop("WhatsApp told nothing about this number."),
    gettext_noop("%(number)s: the display name was declined."),
    gettext_noop("Choose another name in WhatsApp Manager."),
    gettext_noop("%(number)s: the quality is low."),
    gettext_noop("Customers block or report this number: send less, and only what they asked for."),
    gettext_noop("%(number)s is connected, quality %(quality)s."),
    gettext_noop("%(number)s is connected."),
    gettext_noop("This app does not receive the webhooks of this WhatsApp account."),
    gettext_noop("No app receives the webhooks of this WhatsApp account."),
    gettext_noop("Webhooks are delivered to %(apps)s."),
    gettext_noop("Webhooks are delivered."),
    # --- WhatsApp's notices
    gettext_noop("This WhatsApp account is no longer connected to the app. An administrator must connect it again."),
    gettext_noop("This WhatsApp account was deleted. An administrator must connect another one."),
    gettext_noop("WhatsApp has disabled this account. An administrator must appeal in Meta's business settings."),
    gettext_noop("WhatsApp will disable this account soon. An administrator must look into it."),
    gettext_noop("WhatsApp has restricted what this account may send. An administrator must look into it."),
    gettext_noop("WhatsApp says that this account broke a rule (%(rule)s). An administrator must look into it."),
    gettext_noop("WhatsApp warns about this account (%(reason)s). See WhatsApp Manager."),
    gettext_noop("WhatsApp has rejected this account in its review. An administrator can ask for another one."),
    gettext_noop("WhatsApp has lowered how many customers this number may write to first."),
    gettext_noop("WhatsApp has declined the display name of this number. Choose another one in WhatsApp Manager."),
    gettext_noop("The two-step verification PIN of this number was changed. Make sure that it was one of you."),
    gettext_noop(
        "Somebody asked to switch off the two-step verification of this number. If it was none of you, secure your "
        "Meta business account."
    ),
    # --- Messenger and Instagram
    gettext_noop("Enter a new access token."),
    gettext_noop("Check the IDs and the permissions of the access token."),
    gettext_noop("Press Subscribe again."),
    gettext_noop("The account was not found."),
    gettext_noop("The page is linked to another Instagram account."),
    gettext_noop("The page has no Instagram account."),
    gettext_noop("Check both IDs, and link the Instagram account to the page in the page's settings."),
    gettext_noop("Connected to %(name)s."),
    gettext_noop("The account can be reached."),
    gettext_noop("The access token is no longer valid."),
    gettext_noop("The access token lacks permissions."),
    gettext_noop("Create a token with %(permissions)s and enter it."),
    gettext_noop("Nothing that customers write is delivered to this app."),
    gettext_noop("What customers write is not delivered."),
    gettext_noop("What customers write is delivered. These are not delivered: %(fields)s."),
    gettext_noop("What customers write is delivered."),
    gettext_noop("Everything that customers do is delivered."),
    gettext_noop("An app is subscribed. Whether it is this one can be told with its app ID."),
    gettext_noop(
        "An app is subscribed. Whether it is this one can be told with its app ID. These are not delivered: %(fields)s."
    ),
    gettext_noop("Meta has restricted this %(what)s account. Look into its Support Inbox and appeal there."),
    # --- WeChat
    gettext_noop("WeChat issues access tokens for this account."),
    gettext_noop("WeChat's answer names no servers of its own."),
    gettext_noop("WeChat takes calls of this account."),
    gettext_noop("This account may send customer messages."),
    gettext_noop("Look up error %(code)s in WeChat's list of return codes."),
    gettext_noop("Reset the AppSecret in the account's console, under Settings and Development, and enter it here."),
    gettext_noop("Compare the AppID with the one in the account's console, under Settings and Development."),
    gettext_noop("In the account's console, under Settings and Development, add the address to the IP whitelist."),
    gettext_noop("Have the account verified by WeChat, in the console under Settings and Development."),
)


def translated(text: str) -> str:
    """Return a text of an adapter in the reader's language; one that is none of its phrases as it is."""
    known = _known(text)
    return _(known[0]) % known[1] if known else _(text) if text else ""


def translated_or_quoted(text: str) -> str:
    """Return a text of an adapter in the reader's language; a vendor's own words between quotation marks."""
    return translated(text) if not text or _known(text) or _(text) != text else f"“{text}”"


def _known(text: str) -> tuple[str, Mapping[str, str]] | None:
    """Return the phrase that the text is made of, with the names in it."""
    for phrase, pattern in _patterns().items():
        if found := pattern.fullmatch(text):
            return phrase, found.groupdict()
    return None


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    return {phrase: re.compile(re.sub(r"%\\\((\w+)\\\)s", r"(?P<\1>.+)", re.escape(phrase))) for phrase in _PHRASES}
