"""What an Instagram account may send and subscribe to."""

from __future__ import annotations

from inbox.devstack.simulator.messaging.rules import Rules

RULES = Rules(
    text_limit=1_000,
    text_in_bytes=True,
    window_subcode=2534022,
    attachments=frozenset({"image", "video", "audio", "file", "template", "like_heart", "MEDIA_SHARE"}),
    reactions=frozenset({"love"}),
    echo_topic="messages",
    edit_topic="message_edit",
    referral_topic="messaging_referral",
    send_scopes=frozenset({"instagram_business_manage_messages", "instagram_manage_messages"}),
    fields=frozenset(
        {
            "messages",
            "messaging_postbacks",
            "messaging_seen",
            "message_reactions",
            "messaging_referral",
            "messaging_referrals",
            "message_edit",
            "message_edits",
            "messaging_optins",
            "messaging_handover",
            "messaging_handovers",
            "standby",
            "comments",
            "live_comments",
            "mentions",
        }
    ),
    files={
        "image": frozenset({"image/jpeg", "image/png", "image/gif"}),
        "audio": frozenset({"audio/mp4", "audio/aac", "audio/wav", "video/mp4"}),
        "video": frozenset({"video/mp4", "video/quicktime", "video/webm", "video/ogg", "video/x-msvideo"}),
        "file": frozenset({"application/pdf"}),
    },
)
