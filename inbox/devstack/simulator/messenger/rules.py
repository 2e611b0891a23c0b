"""What a page may send and subscribe to."""

from __future__ import annotations

from inbox.devstack.simulator.messaging.rules import Rules

RULES = Rules(
    text_limit=2_000,
    text_in_bytes=False,
    window_subcode=2018278,
    attachments=frozenset({"image", "video", "audio", "file", "template"}),
    reactions=frozenset(),
    echo_topic="message_echoes",
    edit_topic="message_edits",
    referral_topic="messaging_referrals",
    send_scopes=frozenset({"pages_messaging"}),
    fields=frozenset(
        {
            "messages",
            "message_echoes",
            "message_edits",
            "message_reactions",
            "message_deliveries",
            "message_reads",
            "messaging_postbacks",
            "messaging_referrals",
            "messaging_optins",
            "messaging_optouts",
            "messaging_handovers",
            "messaging_policy_enforcement",
            "message_template_status_update",
            "standby",
            "feed",
        }
    ),
    files={
        "image": frozenset({"image/jpeg", "image/png", "image/gif"}),
        "audio": frozenset({"audio/mpeg", "audio/mp4", "audio/aac", "audio/wav", "audio/ogg", "video/mp4"}),
        "video": frozenset({"video/mp4", "video/quicktime", "video/webm", "video/ogg"}),
        "file": frozenset(),
    },
)
