"""The centre, what is new in it, and how a member wants to be told. Fragments for htmx, pages otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from http import HTTPStatus

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from inbox.chatrooms.selectors import Position
from inbox.lib import clock
from inbox.lib.zones import zone_names
from inbox.workspaces.access import MemberRequest, members_only, public

from . import access, actions, pages, selectors
from .forms import HabitsForm, ways_in
from .models import Kind
from .policy import Pause, Ways

_SERVICE_WORKER = settings.BASE_DIR / "static" / "js" / "service-worker.js"


@members_only()
@require_GET
def centre(request: MemberRequest) -> HttpResponse:
    """Show what the member was told; with `before` older ones."""
    page = pages.centre(request.membership, before=Position.parse(request.GET.get("before", "")))
    name = "notifications/_centre.html" if request.htmx else "notifications/centre.html"
    return render(request, name, {"centre": page, "workspace": request.workspace})


@members_only()
@require_GET
def news(request: MemberRequest) -> HttpResponse:
    """Show how much is unread, and what came after the position that the page knows."""
    after = Position.parse(request.GET.get("after", ""))
    return render(request, "notifications/_news.html", {"news": pages.news(request.membership, after, clock.now())})


@members_only()
@require_GET
def opening(request: MemberRequest, notification_id: int) -> HttpResponseBase:
    """Go where it happened. Whoever follows a notification has read it."""
    notification = access.get_notification(request.membership, notification_id)
    actions.mark_read(member=request.membership, notification=notification)
    return redirect(pages.place_of(notification, request.workspace.slug))


@members_only()
@require_POST
def notification_reading(request: MemberRequest, notification_id: int) -> HttpResponseBase:
    notification = access.get_notification(request.membership, notification_id)
    actions.mark_read(member=request.membership, notification=notification)
    return _centre_again(request)


@members_only()
@require_POST
def all_reading(request: MemberRequest) -> HttpResponseBase:
    actions.mark_all_read(member=request.membership)
    return _centre_again(request)


@members_only()
@require_GET
def preferences(request: MemberRequest) -> HttpResponse:
    """Show how the member wants to be told."""
    member = request.membership
    ways = selectors.ways_of(member.workspace_id, [member.pk], Kind.values)
    chosen = {kind: each for (_member, kind), each in ways.items()}
    return _preferences(request, HabitsForm(instance=selectors.habits_of(member)), chosen)


@members_only()
@require_POST
def preferences_saving(request: MemberRequest) -> HttpResponseBase:
    """Save it; with a refusal everything that was chosen comes back."""
    member = request.membership
    form, chosen = HabitsForm(request.POST, instance=selectors.habits_of(member)), ways_in(request.POST)
    if not form.is_valid():
        return _preferences(request, form, chosen, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    actions.save_preferences(member=member, ways=chosen, wishes=actions.Wishes(**form.cleaned_data))
    messages.success(request, _("Saved."))
    return redirect("notifications:preferences", request.workspace.slug)


@members_only()
@require_POST
def pausing(request: MemberRequest) -> HttpResponse | HttpResponseBase:
    """Leave the member alone for a while, or no longer (`until` empty)."""
    wanted, member = request.POST.get("until", ""), request.membership
    if wanted and wanted not in set(Pause):
        return HttpResponse(_("Choose for how long notifications are paused."), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if wanted:
        actions.leave_alone(member=member, pause=Pause(wanted), zone=selectors.habits_of(member).zone)
    else:
        actions.tell_again(member=member)
    return _centre_again(request) if request.htmx else redirect("notifications:preferences", request.workspace.slug)


@members_only()
@require_POST
def introduction(request: MemberRequest) -> HttpResponse:
    """Take note of where a browser says it is, once."""
    zone = request.POST.get("zone", "")
    language = translation.get_language() or settings.LANGUAGE_CODE
    actions.introduce(
        member=request.membership,
        language=language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE,
        zone=zone if zone in zone_names() else "UTC",
    )
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


@members_only()
@require_POST
def device_adding(request: MemberRequest) -> HttpResponse:
    """Push to this browser from now on. Its page shows the words of a refusal."""
    try:
        actions.add_device(
            member=request.membership,
            subscription=_subscription(request),
            session_key=request.session.session_key or "",
            name=pages.name_of_browser(request.headers.get("User-Agent", "")),
            was=request.POST.get("was", ""),
        )
    except actions.DeviceRefused as refusal:
        return HttpResponse(str(refusal), status=HTTPStatus.UNPROCESSABLE_ENTITY, content_type="text/plain")
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


@members_only()
@require_POST
def device_renewal(request: MemberRequest) -> HttpResponse:
    """Take note that the member is signed in here again, on a device that is told, or that its address has changed.

    404 lets the page register it anew, with the key that it says; 410 forget it: the member has removed it.
    """
    subscription = _subscription(request)
    try:
        actions.renew_device(
            member=request.membership,
            was=request.POST.get("was", subscription.endpoint),
            subscription=subscription,
            session_key=request.session.session_key or "",
        )
    except actions.DeviceUnknown:
        return HttpResponse(actions.public_key(), status=HTTPStatus.NOT_FOUND, content_type="text/plain")
    except actions.DeviceRemoved:
        return HttpResponse(status=HTTPStatus.GONE)
    except actions.DeviceRefused as refusal:
        return HttpResponse(str(refusal), status=HTTPStatus.UNPROCESSABLE_ENTITY, content_type="text/plain")
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


@members_only()
@require_POST
def device_deletion(request: MemberRequest, device_id: int) -> HttpResponseBase:
    actions.drop_device(member=request.membership, device=access.get_device(request.membership, device_id))
    messages.success(request, _("This device is told nothing any more."))
    return redirect("notifications:preferences", request.workspace.slug)


@public
@require_GET
def service_worker(request: HttpRequest) -> HttpResponse:
    """Serve the service worker from the top, because it may only look after what lies below its own address."""
    content = _service_worker() if settings.STATICFILES_MANIFEST else _SERVICE_WORKER.read_bytes()
    answer = HttpResponse(content, content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = "no-cache"
    return answer


@cache
def _service_worker() -> bytes:
    return _SERVICE_WORKER.read_bytes()


def _subscription(request: MemberRequest) -> actions.Subscription:
    given = {name: request.POST.get(name, "") for name in ("endpoint", "p256dh", "auth")}
    return actions.Subscription(**given)


def _centre_again(request: MemberRequest) -> HttpResponseBase:
    if not request.htmx:
        return redirect("notifications:centre", request.workspace.slug)
    page = pages.centre(request.membership)
    return render(request, "notifications/_centre.html", {"centre": page, "workspace": request.workspace})


def _preferences(
    request: MemberRequest, form: HabitsForm, chosen: Mapping[str, Ways], *, status: int = HTTPStatus.OK
) -> HttpResponse:
    back_url = reverse("notifications:centre", args=[request.workspace.slug])
    page = pages.preferences(request.membership, form, chosen, clock.now())
    return render(request, "notifications/preferences.html", {"page": page, "back_url": back_url}, status=status)
