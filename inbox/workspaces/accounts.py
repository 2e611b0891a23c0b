"""What django-allauth, which signs people in and out, does differently here."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from . import actions
from .models import User


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def logout(self, request: HttpRequest) -> None:
        """End the session, and with it the sockets that were opened with it."""
        user = request.user
        super().logout(request)
        if isinstance(user, User):
            actions.close_signed_out_sockets(user=user)
