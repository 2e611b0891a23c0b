"""Answers held until the customer writes: hold one, change it, give it up, send it now."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from inbox.media.actions import FileRefused
from inbox.media.models import MediaFile
from inbox.media.uploads import members_with_files
from inbox.message_templates.components import HEADER_FILE, version_of
from inbox.message_templates.fallbacks import fallbacks_of
from inbox.message_templates.filling import FilledTemplate, NotFilled
from inbox.message_templates.models import MessageTemplate
from inbox.message_templates.selectors import Listing, chosen_sendable, facts_of, fallback_of, sendable, values_for
from inbox.pricing.selectors import send_note, warning_for
from inbox.workspaces.access import MemberRequest, members_only

from . import access, actions, presenters, selectors
from .chosen_files import chosen_in, chosen_view
from .header_files import filled_with, header_file_in
from .models import Chatroom
from .presenters.held import Typed
from .presenters.templates import values_in
from .presenters.unsent import unsent
from .replies import client_id_from, conflict, done, seen_in, to_room
from .windows import window_for


@dataclass(frozen=True)
class _Wish:
    """What the form says: the answer, what becomes of it, and the template that goes now (None: nothing)."""

    answer: actions.Composed
    split_agreed: bool
    client_id: uuid.UUID
    leaves_by_itself: bool
    search: str  # what the list of templates was narrowed down to
    is_searching: bool  # whoever typed it looks for a template, and holds nothing yet
    listing: Listing
    template: MessageTemplate | None
    is_gone: bool  # one was chosen, but cannot be sent
    is_changed: bool  # by the account, since the form was shown
    values: Mapping[str, str]
    caution: str  # that the number sends nothing by itself
    problem: str  # of a file
    header_file: MediaFile | None
    header_problem: str


@members_only()
@require_GET
def held_answers(request: MemberRequest, room_id: int) -> HttpResponse:
    """List what is held in a chat."""
    return _list(request, access.get_chatroom(request.membership, room_id))


@members_with_files()
@require_POST
def hold(request: MemberRequest, room_id: int) -> HttpResponse:
    """Show the form for an answer that was written; with `hold`, hold it and send the chosen template.

    `show` shows the form again, with the variables of the template that is chosen now; so does another search. `again`
    is a message that failed: it is what was written.
    """
    chatroom = access.get_chatroom(request.membership, room_id)
    wish = _wish(request, chatroom)
    if "hold" not in request.POST or "show" in request.POST or wish.is_searching:
        problems = {"": wish.problem or (_gone() if wish.is_gone else ""), HEADER_FILE: wish.header_problem}
        return _form(request, chatroom, wish, {key: words for key, words in problems.items() if words})
    try:
        if wish.problem:
            raise actions.UnableToSend(wish.problem)
        if wish.header_problem:
            raise NotFilled({HEADER_FILE: wish.header_problem})
        actions.hold_answer(
            actor=request.membership,
            chatroom=chatroom,
            answer=wish.answer,
            client_id=wish.client_id,
            template=_filled(wish),
            header_file=wish.header_file,
            leaves_by_itself=wish.leaves_by_itself,
            split_agreed=wish.split_agreed,
            seen_id=seen_in(request),
        )
    except actions.AnsweredMeanwhile as asked:
        return _form(request, chatroom, wish, {"": str(asked)}, asked)
    except (NotFilled, actions.UnableToSend) as refusal:
        errors = refusal.errors if isinstance(refusal, NotFilled) else {"": str(refusal)}
        return _form(request, chatroom, wish, errors)
    if request.htmx:
        return render(request, "chatrooms/_composer.html", {"composer": _composer(request, chatroom)})
    return to_room(request, room_id)


@members_only()
@require_POST
def held_answer(request: MemberRequest, room_id: int, held_id: int) -> HttpResponse:
    """Change the words of a held answer to `text`, and those to tap to each `option`; `drop` files of it, or its quote
    (`unquote`); `send` it now, or `cancel` it."""
    held = access.get_held_answer(request.membership, room_id, held_id)
    text = request.POST.get("text", held.text)
    options = request.POST.getlist("option") if "option" in request.POST else held.options
    try:
        if "cancel" in request.POST:
            actions.cancel_held_answer(actor=request.membership, held=held)
        else:
            held = actions.edit_held_answer(
                actor=request.membership,
                held=held,
                text=text,
                options=options,
                dropped=request.POST.getlist("drop"),
                keeps_quote="unquote" not in request.POST,
            )
            if "send" in request.POST:
                actions.send_held_answer(actor=request.membership, held=held, seen_id=seen_in(request))
    except actions.AnsweredMeanwhile as asked:
        typed = Typed(text, options, str(asked), asked.answer.pk)
        response = _list(
            request, access.get_chatroom(request.membership, room_id), typed={held_id: typed}, is_refused=True
        )
        response["HX-Retarget"] = response["HX-Reselect"] = f"#held-{held_id}"
        response["HX-Reswap"] = "outerHTML"
        return response
    except actions.UnableToSend as refusal:
        if request.htmx:  # what was typed stands in the page
            return conflict(request, str(refusal))
        chatroom = access.get_chatroom(request.membership, room_id)
        typed = Typed(text, options)
        return _list(request, chatroom, typed={held_id: typed}, refusal=str(refusal), is_refused=True)
    return done(request, room_id)


def _list(
    request: MemberRequest,
    chatroom: Chatroom,
    *,
    typed: Mapping[int, Typed] | None = None,
    refusal: str = "",
    is_refused: bool = False,
) -> HttpResponse:
    """List what is held, with what was `typed` and refused: by itself where its answer has left."""
    answers = selectors.held_in(chatroom)
    there = {held.pk for held in answers}
    context = {
        "held": presenters.held_answers(
            chatroom, answers, actions.stored_files(answers), slug=request.workspace.slug, typed=typed
        ),
        "workspace": request.workspace,
        "room": chatroom,
        "refusal": refusal,
        "left_over": "".join(each.text for held_id, each in (typed or {}).items() if held_id not in there),
    }
    partial = "chatrooms/_held.html" if request.htmx else "chatrooms/held.html"
    return render(request, partial, context, status=HTTPStatus.CONFLICT if is_refused else HTTPStatus.OK)


def _wish(request: MemberRequest, chatroom: Chatroom) -> _Wish:
    """Read the form; as long as nothing was chosen the number's fallback template goes, filled in for the customer, if
    they take any."""
    fields = _fields(request, chatroom)
    search = fields.get("template_search", "")
    takes_templates = window_for(chatroom).allows(is_template=True, by_person=True)
    if "template" in fields:
        template = chosen_sendable(chatroom.connection, fields.get("template", ""))
    else:
        template = fallback_of(chatroom.connection) if takes_templates else None
    listing = sendable(chatroom.connection, search) if takes_templates else Listing([])
    values: dict[str, str] = {}
    is_changed, header_file, header_problem = False, None, ""
    if template is not None:
        values = values_for(template, chatroom.customer)
        is_changed = fields.get("version", "") not in ("", version_of(template.components))
        if fields.get("filled", "") == str(template.pk):  # else they are another template's
            values |= values_in(fields)
            try:
                header_file = header_file_in(request)
            except FileRefused as refusal:
                header_problem = str(refusal)
    # A page with a script brings its files by itself.
    uploads = () if request.htmx else request.FILES.getlist("upload")
    chosen = chosen_in(request.membership, fields.getlist("file"), uploads)
    quoted = fields.get("reply_to", "")
    is_id = quoted.isdecimal() and len(quoted) < 19
    return _Wish(
        answer=actions.Composed(
            text=fields.get("text", ""),
            reply_to=access.get_message(request.membership, chatroom.pk, int(quoted)) if is_id else None,
            options=[title for title in fields.getlist("option") if title.strip()],
            files=chosen.files,
        ),
        split_agreed=fields.get("split") == "yes",
        client_id=client_id_from(fields.get("client_id", "")),
        leaves_by_itself=fields.get("leaves") != "offered",
        search=search,
        is_searching=search != fields.get("template_searched", ""),
        listing=listing,
        template=template,
        is_gone=bool(fields.get("template")) and template is None,
        is_changed=is_changed,
        values=values,
        caution=_caution(chatroom, listing) if template is None and takes_templates else "",
        problem=" ".join(chosen.problems),
        header_file=header_file,
        header_problem=header_problem,
    )


def _fields(request: MemberRequest, chatroom: Chatroom) -> QueryDict:
    """Return what was sent; of a message that failed, what it said."""
    again = request.POST.get("again", "")
    if not (again.isdecimal() and len(again) < 19):
        return request.POST
    [message] = selectors.with_files([access.get_message(request.membership, chatroom.pk, int(again))])
    said = unsent(message, getattr(message, "shown_files", ()))
    if said is None:
        raise Http404("nothing that could be held")
    fields = request.POST.copy()
    fields["text"], fields["reply_to"] = said.text, str(said.reply_to or "")
    fields.setlist("option", list(said.options))
    fields.setlist("file", list(said.files))
    return fields


def _caution(chatroom: Chatroom, listing: Listing) -> str:
    """Say that the number has no template that would go by itself, where there are others, or one that cannot."""
    connection = chatroom.connection
    own = fallbacks_of(chatroom.workspace_id, [connection])[connection.pk]
    if own.template is None and not listing.templates:
        return ""
    if own.template is None:
        return _("This number has no template of its own yet. Choose one below; an admin can set one for all answers.")
    names = {"template": own.template, "problem": own.problem}
    return (
        _("The template of this number, %(template)s, cannot be sent now. %(problem)s") % names if own.problem else ""
    )


def _gone() -> str:
    return _("This template can no longer be sent. Choose another one.")


def _filled(wish: _Wish) -> FilledTemplate | None:
    """Raises NotFilled, UnableToSend."""
    if wish.is_gone:
        raise actions.UnableToSend(_gone())
    if wish.is_changed:
        raise actions.UnableToSend(_("This template was changed a moment ago. Look at it once more."))
    return filled_with(wish.template, wish.values, wish.header_file) if wish.template else None


def _form(
    request: MemberRequest,
    chatroom: Chatroom,
    wish: _Wish,
    errors: Mapping[str, str] | None = None,
    asked: actions.AnsweredMeanwhile | None = None,
) -> HttpResponse:
    slug = request.workspace.slug
    form = presenters.hold_form(
        chatroom,
        slug=slug,
        client_id=str(wish.client_id),
        text=wish.answer.text,
        quoted=wish.answer.reply_to,
        options=wish.answer.options,
        files=[chosen_view(chatroom, each, slug=slug) for each in wish.answer.files],
        split_agreed=wish.split_agreed,
        leaves_by_itself=wish.leaves_by_itself,
        listing=wish.listing,
        search=wish.search,
        chosen=wish.template,
        template=_chosen(chatroom, wish, slug, errors),
        caution=wish.caution,
        error=(errors or {}).get("", ""),
        seen_id=asked.answer.pk if asked else seen_in(request),
        asks_again=asked is not None,
    )
    context = {"hold": form, "workspace": request.workspace}
    refused = HTTPStatus.CONFLICT if asked else HTTPStatus.UNPROCESSABLE_ENTITY
    status = refused if errors else HTTPStatus.OK
    if not request.htmx:
        return render(request, "chatrooms/hold.html", context, status=status)
    response = render(request, "chatrooms/_hold.html", context, status=status)
    if "hold" in request.POST and (errors or wish.is_searching):  # else the form is not on the page yet
        response["HX-Retarget"], response["HX-Reswap"] = "#hold", "outerHTML"
    return response


def _composer(request: MemberRequest, chatroom: Chatroom) -> presenters.ComposerView:
    """Return an empty form: what was in it is held."""
    return presenters.composer_view(
        chatroom,
        window_for(chatroom),
        slug=request.workspace.slug,
        draft_version=selectors.draft_version(request.membership, chatroom),
    )


def _chosen(
    chatroom: Chatroom, wish: _Wish, slug: str, errors: Mapping[str, str] | None
) -> presenters.TemplateForm | None:
    """Return the template that would go now, with what it costs."""
    if wish.template is None:
        return None
    phone = facts_of(chatroom.customer)["phone"]
    return presenters.template_form(
        chatroom,
        wish.template,
        wish.values,
        slug=slug,
        errors=errors,
        file=wish.header_file,
        cost=send_note(chatroom.connection, phone, wish.template.category, in_window=False, room_id=chatroom.pk),
        warning=warning_for(chatroom.connection),
    )
