"""What makes Switchboard an app on a device: its manifest, and the page that is shown while there is no connection."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from .access import public

COLOUR = "#0f766e"
CANVAS = "#f3f5f4"
_ICONS = (("icon-192", 192, "any"), ("icon-512", 512, "any"), ("icon-maskable-512", 512, "maskable"))


@public
@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """Say what the app is called, looks like and opens with."""
    content = {
        "id": "/",
        "name": "Switchboard",
        "short_name": "Switchboard",
        "description": _("A chat inbox for a team: every channel in one page."),
        "lang": translation.get_language(),
        "dir": "rtl" if translation.get_language_bidi() else "ltr",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "theme_color": COLOUR,
        "background_color": CANVAS,
        "icons": [
            {"src": static(f"img/{name}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
            for name, size, purpose in _ICONS
        ],
    }
    answer = JsonResponse(content, content_type="application/manifest+json")
    answer["Cache-Control"] = "no-cache"
    return answer


@public
@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """The page that the service worker keeps for the time without a connection."""
    return render(request, "offline.html")
