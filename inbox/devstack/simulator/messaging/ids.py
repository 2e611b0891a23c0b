"""Message ids that look like Messenger's and Instagram's."""

from __future__ import annotations

import base64
import secrets

from inbox.devstack.simulator.accounts import Account, InstagramAccount


def new_mid(account: Account) -> str:
    if isinstance(account, InstagramAccount):
        unique = f"ig_dm:{account.id}:{secrets.randbelow(10**30)}".encode("ascii")
        return base64.urlsafe_b64encode(unique).decode("ascii").rstrip("=")
    return "m_" + base64.urlsafe_b64encode(secrets.token_bytes(48)).decode("ascii")
