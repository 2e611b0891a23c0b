"""What adapters call the credentials that connections are made of, listed for the catalogues: adapters know none.

Forms translate the texts where they show them; a test compares this list with what the adapters ask for.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop

CREDENTIAL_PHRASES = (
    # --- what signs the webhooks
    gettext_noop("Meta app"),
    gettext_noop("WeChat server settings"),
    # --- Meta's channels
    gettext_noop("App secret"),
    gettext_noop("In the Meta app dashboard: App settings, Basic."),
    gettext_noop("Previous app secret"),
    gettext_noop("While you replace the secret, signatures of the old one are accepted too."),
    gettext_noop("Verify token"),
    gettext_noop("A phrase of your own; enter the same one in the app's webhooks."),
    gettext_noop("App ID"),
    gettext_noop(
        "In the Meta app dashboard: App settings, Basic. With it the permissions of a token can be checked, and "
        "templates have pictures in their header."
    ),
    gettext_noop("Access token"),
    gettext_noop("Webhook fields"),
    gettext_noop("Leave it empty for all that are read. Name others, separated by commas, if Meta has renamed one."),
    gettext_noop("Path for files"),
    gettext_noop("Leave it empty for message_attachments. Name another if Meta takes this account's files elsewhere."),
    # --- WhatsApp
    gettext_noop("Phone number ID"),
    gettext_noop("In the Meta app dashboard: WhatsApp, API setup. Not the phone number itself."),
    gettext_noop("WhatsApp Business account ID"),
    gettext_noop("In the Meta app dashboard: WhatsApp, API setup."),
    gettext_noop("A system user's token with whatsapp_business_messaging and whatsapp_business_management."),
    # --- Messenger and Instagram
    gettext_noop("Page ID"),
    gettext_noop("On the Facebook page: About, Page transparency."),
    gettext_noop("Page access token"),
    gettext_noop("A token of the page with pages_messaging and pages_manage_metadata."),
    gettext_noop("Instagram app secret"),
    gettext_noop(
        "In the Meta app dashboard: Instagram, API setup with Instagram login. Leave it empty without that login."
    ),
    gettext_noop("Access through"),
    gettext_noop("How the account was connected to your Meta app."),
    gettext_noop("Linked to a Facebook page"),
    gettext_noop("Instagram Login"),
    gettext_noop("Instagram account ID"),
    gettext_noop("The number of the professional account, not its name. The Meta app dashboard shows it."),
    gettext_noop("The Facebook page that the account is linked to. Leave it empty with Instagram Login."),
    gettext_noop(
        "Of the page, with instagram_manage_messages and pages_manage_metadata; with Instagram Login, of the account, "
        "with instagram_business_manage_messages."
    ),
    # --- WeChat
    gettext_noop("Token"),
    gettext_noop(
        "A phrase of your own of 3 to 32 letters and digits; enter the same one in the console, under Server "
        "configuration."
    ),
    gettext_noop("Previous token"),
    gettext_noop("While you replace the token, signatures of the old one are accepted too."),
    gettext_noop("AppID"),
    gettext_noop("In the console: Settings and Development. Encrypted messages for another are refused."),
    gettext_noop("EncodingAESKey"),
    gettext_noop("In the console, under Server configuration: 43 letters and digits. Not needed in plaintext mode."),
    gettext_noop("Previous EncodingAESKey"),
    gettext_noop("While you replace the key, messages encrypted with the old one are read too."),
    gettext_noop("Message encryption"),
    gettext_noop(
        "As chosen in the console. In the other two modes, with the key above, what is not encrypted is refused."
    ),
    gettext_noop("Plaintext mode"),
    gettext_noop("Compatible mode"),
    gettext_noop("Secure mode"),
    gettext_noop("Original ID"),
    gettext_noop("In the console: Settings, Account details. It begins with gh_."),
    gettext_noop("In the console: Settings and Development."),
    gettext_noop("AppSecret"),
    gettext_noop("In the console: Settings and Development. The addresses of our servers must be in its IP whitelist."),
)
