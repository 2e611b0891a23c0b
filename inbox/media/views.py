"""Files for members of the workspace they belong to."""

from __future__ import annotations

from django.http import Http404, HttpResponseBase
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from inbox.workspaces.access import MemberRequest, members_only
from media_converter.recipes import THUMBNAIL

from . import access, actions, planning, serving
from .models import FileKind

# A picture that is as good as its thumbnail, until that is made.
_SMALL_BYTES = 1024 * 1024


@members_only()
@require_safe
def file(request: MemberRequest, file_id: int, name: str) -> HttpResponseBase:
    """Serve a file, in ranges if asked; `?download=1` saves it. The name in the address is for people."""
    found = access.get_file(request.membership, file_id)
    return serving.respond(request, found, download="download" in request.GET)


@members_only()
@require_safe
def preview(request: MemberRequest, file_id: int) -> HttpResponseBase:
    """Serve the form of a file that browsers show: itself, or what was made for them."""
    found = access.get_file(request.membership, file_id)
    made = actions.derived(file=found, recipe=recipe) if (recipe := planning.preview_recipe(found.probe)) else found
    if made is None:
        raise Http404("not made yet")
    return serving.respond(request, made)


@members_only()
@require_safe
def thumbnail(request: MemberRequest, file_id: int) -> HttpResponseBase:
    """Serve the small picture of a picture or film; until it is made, a picture that is small anyway stands in."""
    found = access.get_file(request.membership, file_id)
    if made := actions.derived(file=found, recipe=THUMBNAIL):
        return serving.respond(request, made)
    if found.kind != FileKind.IMAGE or not found.is_inline or found.size > _SMALL_BYTES:
        raise Http404("not made yet")
    response = serving.respond(request, found)
    patch_cache_control(response, private=True, no_store=True, max_age=0)
    return response
