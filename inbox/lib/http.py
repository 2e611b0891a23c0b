"""What a request says about the page it came from, believed only as far as it is our own."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def own_referer(request: HttpRequest) -> str:
    """Return the address of our own page that the request came from, else nothing: fit to be used as a link."""
    referer = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(referer, {request.get_host()}, request.is_secure())
    return referer if is_ours else ""


def own_text(request: HttpRequest) -> str:
    """Return the text of a refused form, to show it again, unless another website may have put it there."""
    origin = request.headers.get("Origin")
    is_ours = own_referer(request) if origin is None else origin == f"{request.scheme}://{request.get_host()}"
    return request.POST.get("text", "") if is_ours else ""
