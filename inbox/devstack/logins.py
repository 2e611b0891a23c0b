"""Who can sign in to the demo. Apart from the demo itself, so that reading it needs no Django."""

from __future__ import annotations

PASSWORD = "demo-password"
# (email, password, who)
LOGINS = (
    ("mei@lotus.example", PASSWORD, "Mei Wong, owner of Lotus Flowers"),
    ("ken@lotus.example", PASSWORD, "Ken Lau, agent"),
    ("priya@lotus.example", PASSWORD, "Priya Nair, agent"),
    ("staff@switchboard.example", PASSWORD, "platform staff (Django admin)"),
)
