"""Who gets in, and what everybody else is told: at every address of a workspace, not only at the well-known ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from html import unescape
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from inbox.chatrooms import actions
from inbox.chatrooms.filters import RoomFilter
from inbox.chatrooms.models import Attachment, Chatroom, HeldAnswer, Message
from inbox.customers.actions import FieldDraft, define_field, merge_customers
from inbox.customers.models import Customer, CustomerField, CustomerPicture, CustomerValue
from inbox.faq.actions import EntryDraft, create_category, create_entry
from inbox.labels.actions import ensure_label
from inbox.labels.models import Label
from inbox.lib import clock
from inbox.media.actions import store_file
from inbox.notes.models import CustomerNote, NoteMention
from inbox.notifications.models import Device, Notification
from inbox.workspaces.actions import create_team
from inbox.workspaces.models import Membership, Role, Team, Visibility, Workspace
from inbox.workspaces.tenancy import scope
from tests.media import samples
from tests.world import World, room_with

from .conftest import plan_message

ClientOf = Callable[[Membership], Client]

HTMX = {"HX-Request": "true"}
TYPED = 'Two dozen roses & a "card" <tomorrow>'


def addresses() -> list[tuple[str, str]]:
    """(name, method) of every view inside a workspace."""
    resolver = get_resolver()
    names = ["enter_admin"]
    for namespace in (
        "chatrooms",
        "customers",
        "media",
        "scheduling",
        "labels",
        "notes",
        "notifications",
        "faq",
        "search",
    ):
        patterns = resolver.namespace_dict[namespace][1].url_patterns
        names += [f"{namespace}:{pattern.name}" for pattern in patterns if isinstance(pattern, URLPattern)]
    writing = {
        "messages",
        "message_retry",
        "message_confirm",
        "assignment",
        "closure",
        "reopening",
        "archiving",
        "reading",
        "control",
    }
    writing |= {
        "draft",
        "message_undo",
        "message_withdraw",
        "message_reaction",
        "typing",
        "name",
        "merge",
        "separation",
    }
    writing |= {"outlook", "change", "cancellation", "sending", "template_messages", "hold", "held_answer"}
    writing |= {"files", "file_fetch", "file_discard", "location_adding", "contacts_adding"}
    writing |= {"bulk", "bulk_undo", "view_saving", "view", "view_position", "view_deletion"}
    writing |= {"field_value", "blocking", "opt_out", "field_creation", "field_change", "contact_rules"}
    writing |= {"creation", "label_change", "label_deletion", "choice", "adding"}
    writing |= {"note_change", "note_deletion", "note_pin"}
    writing |= {"faq_insertion", "faq_sending", "entry_creation", "entry_change", "entry_deletion"}
    writing |= {"category_creation", "category_change", "category_move", "category_deletion"}
    writing |= {"undo_time_saving", "draft_leaving"}
    writing |= {"writing", "availability", "rule_saving", "team_creation", "team_change", "team_deletion"}
    writing |= {"notification_reading", "all_reading", "introduction"}
    writing |= {"preferences_saving", "device_adding", "device_renewal", "device_deletion", "pausing"}
    return [(name, "post" if name.partition(":")[2] in writing else "get") for name in names]


@pytest.fixture
def place(world: World) -> dict[str, int]:
    """Ids that exist in Lotus Flowers, as addresses need them."""
    room = room_with(world, "Do you have roses?")
    other, merged = (room_with(world, "Tulips?", phone=f"8529000000{number}").customer for number in (8, 9))
    with scope(world.lotus.pk):
        message = Message.objects.get(chatroom=room)
        merge = merge_customers(actor=world.amy, keep=room.customer, merge=merged)
        CustomerPicture.objects.create(
            workspace=world.lotus, customer=room.customer, content=b"picture", mime_type="image/png"
        )
        row = plan_message(world.amy, room, "Reminder")
        label = ensure_label(actor=world.amy, name="VIP")
        category = create_category(actor=world.olivia, name="Money")
        draft = EntryDraft({"en": ("Refund", "Within 14 days.")}, is_shared=False)
        answer = create_entry(actor=world.amy, draft=draft)
        field = define_field(actor=world.olivia, workspace_id=world.lotus.pk, draft=FieldDraft("Size"))
        CustomerField.objects.filter(pk=field.pk).update(key=str(field.pk))
        team = create_team(actor=world.olivia, workspace_id=world.lotus.pk, name="Do you have roses?")
        note = CustomerNote.objects.create(
            workspace=world.lotus, customer=room.customer, author=world.amy, text="Do you have roses?"
        )
        own = {"workspace": world.lotus, "member": world.amy}
        notification = Notification.objects.create(**own, kind="message", key="written", mark="1", chatroom=room)
        device = Device.objects.create(**own, digest="0", secrets={"session": ""}, name="Firefox")
        held = HeldAnswer.objects.create(
            workspace=world.lotus,
            chatroom=room,
            author=world.amy,
            text="Held",
            inbound_before=room.inbound_count,
            expires_at=clock.now() + timedelta(days=7),
        )
        view = actions.save_view(actor=world.amy, name="Unread", wanted=RoomFilter(unread=True), is_shared=False)
        attachment = Attachment.objects.create(workspace=world.lotus, message=message, kind="image", state="failed")
    picture = store_file(workspace_id=world.lotus.pk, content=samples.picture("PNG"), filename="picture.png")
    return {
        "file_id": picture.pk,
        "room_id": room.pk,
        "message_id": message.pk,
        "customer_id": room.customer_id,
        "other_id": other.pk,
        "merge_id": merge.pk,
        "row_id": row.pk,
        "label_id": label.pk,
        "field_id": field.pk,
        "team_id": team.pk,
        "note_id": note.pk,
        "notification_id": notification.pk,
        "device_id": device.pk,
        "entry_id": answer.pk,
        "category_id": category.pk,
        "held_id": held.pk,
        "view_id": view.pk,
        "attachment_id": attachment.pk,
    }


def address(name: str, slug: str, place: dict[str, int]) -> str:
    wanted = {
        "room": ["room_id"],
        "room_row": ["room_id"],
        "history": ["room_id"],
        "messages": ["room_id"],
        "assignment": ["room_id"],
        "closure": ["room_id"],
        "control": ["room_id"],
        "reopening": ["room_id"],
        "archiving": ["room_id"],
        "reading": ["room_id"],
        "message_retry": ["room_id", "message_id"],
        "message_confirm": ["room_id", "message_id"],
        "message_reaction": ["room_id", "message_id"],
        "message_versions": ["room_id", "message_id"],
        "typing": ["room_id"],
        "writing": ["room_id"],
        "view": ["view_id"],
        "view_position": ["view_id"],
        "view_deletion": ["view_id"],
        "team_change": ["team_id"],
        "team_deletion": ["team_id"],
        "draft": ["room_id"],
        "draft_leaving": ["room_id"],
        "message_undo": ["room_id", "message_id"],
        "message_withdraw": ["room_id", "message_id"],
        "window": ["room_id"],
        "templates": ["room_id"],
        "template_messages": ["room_id"],
        "held_answers": ["room_id"],
        "location_form": ["room_id"],
        "location_adding": ["room_id"],
        "contacts_form": ["room_id"],
        "contacts_adding": ["room_id"],
        "files": ["room_id"],
        "chosen_files": ["room_id"],
        "file_rules": ["room_id"],
        "gallery": ["room_id"],
        "file": ["file_id", "file_id"] if name == "media:file" else ["room_id", "attachment_id"],
        "thumbnail": ["file_id"],
        "preview": ["file_id"],
        "file_fetch": ["room_id", "attachment_id"],
        "forward": ["file_id"],
        "file_discard": ["file_id"],
        "hold": ["room_id"],
        "held_answer": ["room_id", "held_id"],
        "panel": ["customer_id"],
        "name": ["customer_id"],
        "picture": ["customer_id"],
        "candidates": ["customer_id"],
        "field_value": ["customer_id", "field_id"],
        "blocking": ["customer_id"],
        "opt_out": ["customer_id"],
        "timeline": ["customer_id"],
        "field_change": ["field_id"],
        "merge_preview": ["customer_id", "other_id"],
        "merge": ["customer_id", "other_id"],
        "separation": ["customer_id", "merge_id"],
        "customer": ["customer_id"],
        "choice": ["customer_id"],
        "label_change": ["label_id"],
        "label_deletion": ["label_id"],
        "notes": ["customer_id"],
        "note_list": ["customer_id"],
        "adding": ["customer_id"],
        "note_change": ["customer_id", "note_id"],
        "note_deletion": ["customer_id", "note_id"],
        "note_pin": ["customer_id", "note_id"],
        "faq": ["room_id"],
        "faq_choices": ["room_id"],
        "faq_insertion": ["room_id", "entry_id"],
        "faq_sending": ["room_id", "entry_id"],
        "entry": ["entry_id"],
        "entry_change": ["entry_id"],
        "entry_deletion": ["entry_id"],
        "category_change": ["category_id"],
        "category_move": ["category_id"],
        "category_deletion": ["category_id"],
        "list": ["room_id"],
        "opening": ["notification_id"],
        "notification_reading": ["notification_id"],
        "device_deletion": ["device_id"],
        "outlook": ["room_id"],
        "change": ["room_id", "row_id"],
        "cancellation": ["row_id"],
        "sending": ["row_id"],
    }.get(name.partition(":")[2], [])
    return reverse(name, args=[slug, *(place[key] for key in wanted)])


def ask(browser: Client, method: str, url: str, headers: dict[str, str] | None = None):  # type: ignore[no-untyped-def]
    data = {"text": TYPED, "client_id": "x", "cursor": "0"}
    return getattr(browser, method)(url, data, headers=headers or {})


def footprint(world: World) -> tuple[object, ...]:
    """Everything a stray request could have changed."""
    with scope(world.lotus.pk):
        return (
            list(Chatroom.objects.order_by("pk").values()),
            list(Message.objects.order_by("pk").values()),
            list(Customer.objects.order_by("pk").values()),
            list(Label.objects.order_by("pk").values()),
            list(Team.objects.order_by("pk").values()),
            list(CustomerNote.objects.order_by("pk").values()),
            list(CustomerField.objects.order_by("pk").values()),
            list(CustomerValue.objects.order_by("pk").values()),
        )


# --- nobody ---------------------------------------------------------------------------------------------------------


def test_anonymous_visitors_are_asked_to_sign_in(
    world: World, place: dict[str, int], subtests: pytest.Subtests
) -> None:
    before = footprint(world)
    for name, method in addresses():
        url = address(name, world.lotus.slug, place)
        with subtests.test(name):
            response = ask(Client(), method, url)
            if method == "get":
                assert response.status_code == 302
                assert response["Location"].startswith(f"{reverse('account_login')}?next={quote(url)}")
            else:
                assert response.status_code == 401
            assert ask(Client(), method, url, HTMX).status_code == 401, "htmx keeps its page"
    assert footprint(world) == before


def test_signed_out_looks_the_same_where_nothing_is(world: World) -> None:
    assert Workspace.objects.filter(slug=world.lotus.slug).exists()
    present, missing = (Client().get(f"/w/{slug}/") for slug in (world.lotus.slug, "no-such-place"))
    assert present.status_code == missing.status_code == 302
    assert present["Location"].replace(world.lotus.slug, "no-such-place") == missing["Location"]


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_signed_out_writer_gets_the_text_back(world: World, place: dict[str, int], headers: dict[str, str]) -> None:
    url = address("chatrooms:messages", world.lotus.slug, place)
    back = f"http://testserver/w/{world.lotus.slug}/rooms/{place['room_id']}/"
    response = ask(Client(), "post", url, {**headers, "Referer": back})
    page = response.content.decode()
    assert response.status_code == 401
    assert TYPED in unescape(page)
    assert TYPED not in page, "the text is escaped"
    assert "Nothing was sent" in page
    assert f"{reverse('account_login')}?next={quote(back, safe='')}" in page


def test_a_signed_out_page_without_text_offers_none(world: World) -> None:
    response = Client().post(reverse("workspaces:new"))
    assert response.status_code == 401
    assert "kept-text" not in response.content.decode()


def test_a_page_that_was_made_for_somebody_else_writes_and_shows_nothing(
    world: World, client_of: ClientOf, place: dict[str, int], subtests: pytest.Subtests
) -> None:
    """Amy's page, with Ben signed in in the same browser since: neither his rights nor his name are for her words."""
    amys = {"X-Person": str(world.amy.user_id)}
    before = footprint(world)
    for person in (world.ben, world.sam):
        browser = client_of(person)
        for name, method in addresses():
            with subtests.test(name, person=str(person)):
                response = ask(browser, method, address(name, world.lotus.slug, place), HTMX | amys)
                assert response.status_code == 401
    url = address("chatrooms:messages", world.lotus.slug, place)
    ben = client_of(world.ben)
    for forged in ("", "ben", f"{world.ben.user_id}\x00", "9" * 40, f"0{world.ben.user_id}"):
        page = ask(ben, "post", url, {"X-Person": forged, "Origin": "http://testserver"})
        assert page.status_code == 401
        assert "Nothing was sent. You may have signed in or out in another tab" in page.content.decode()
        assert TYPED in unescape(page.content.decode()), "nothing of it is lost"
    assert footprint(world) == before
    assert ask(ben, "post", url, {"X-Person": str(world.ben.user_id)}).status_code == 303


# --- members --------------------------------------------------------------------------------------------------------


def test_members_get_in(world: World, client_of: ClientOf, place: dict[str, int]) -> None:
    for member in (world.olivia, world.amy):
        browser = client_of(member)
        for name, method in addresses():
            is_amys = name in ("notifications:opening", "faq:entry") and member != world.amy
            if method == "get" and name != "enter_admin" and not is_amys:
                asked = browser.get(address(name, world.lotus.slug, place), {"cursor": "0"}, follow=True)
                assert asked.status_code in (200, 205), name


def test_home_leads_a_member_to_their_workspace(world: World, client_of: ClientOf) -> None:
    assert client_of(world.amy).get("/")["Location"] == f"/w/{world.lotus.slug}/"
    assert client_of(world.sam).get("/")["Location"] == f"/w/{world.bakery.slug}/"


def test_home_lets_a_member_of_two_workspaces_choose(world: World, client_of: ClientOf) -> None:
    with scope(world.bakery.pk):
        Membership.objects.create(workspace=world.bakery, user=world.amy.user)
    page = client_of(world.amy).get("/").content.decode()
    assert "Lotus Flowers" in page
    assert "Other Bakery" in page
    assert "Other Bakery" not in client_of(world.ben).get("/?choose=1").content.decode()


# --- strangers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_a_stranger_cannot_tell_a_workspace_from_nothing(
    world: World, client_of: ClientOf, place: dict[str, int], headers: dict[str, str], subtests: pytest.Subtests
) -> None:
    """The owner of another workspace, at addresses that work for a member."""
    assert Workspace.objects.filter(slug=world.lotus.slug).exists()
    before = footprint(world)
    assert before[1]
    stranger = client_of(world.sam)
    for name, method in addresses():
        with subtests.test(name):
            present = ask(stranger, method, address(name, world.lotus.slug, place), headers)
            missing = ask(stranger, method, address(name, "no-such-place", place), headers)
            assert present.status_code == missing.status_code == 404
            assert comparable(present, world.lotus.slug) == comparable(missing, "no-such-place")
    assert footprint(world) == before


def test_strangers_cannot_reach_our_rows_through_their_own_workspace(
    world: World, client_of: ClientOf, place: dict[str, int], subtests: pytest.Subtests
) -> None:
    before = footprint(world)
    nothing = dict.fromkeys(place, 0)
    stranger = client_of(world.sam)
    for name, method in addresses():
        url, empty_url = (address(name, world.bakery.slug, ids) for ids in (place, nothing))
        with subtests.test(name):
            response = ask(stranger, method, url)
            if url == empty_url:  # the list, the admin's door: addresses without an id
                assert "Do you have roses?" not in response.content.decode()
            else:
                assert response.status_code == 404
                assert comparable(response, "") == comparable(ask(stranger, method, empty_url), "")
    assert footprint(world) == before


def comparable(response, slug: str) -> str:  # type: ignore[no-untyped-def]
    """The page without what differs each time: its address and the token in its forms."""
    page = unescape(response.content.decode()).replace(response.wsgi_request.get_full_path(), "PATH")
    return "\n".join(line for line in page.splitlines() if "csrf" not in line.lower()).replace(slug or "\0", "SLUG")


def test_a_person_without_any_workspace_is_a_stranger(world: World, client_of: ClientOf) -> None:
    with scope(world.lotus.pk):
        world.ben.delete()
    browser = client_of(world.ben)
    assert browser.get(f"/w/{world.lotus.slug}/").status_code == 404
    page = browser.get("/").content.decode()
    assert "Create your workspace" in page
    assert "Lotus Flowers" not in page


# --- roles ----------------------------------------------------------------------------------------------------------


def test_a_role_too_low_is_told_in_words(world: World, client_of: ClientOf) -> None:
    response = client_of(world.amy).get(f"/w/{world.lotus.slug}/admin/")
    assert response.status_code == 403
    assert "Admin" in response.content.decode()
    assert "You may not open this page" in response.content.decode()


@pytest.mark.parametrize("role", [Role.ADMIN, Role.OWNER])
def test_a_role_high_enough_gets_in(world: World, client_of: ClientOf, role: Role) -> None:
    with scope(world.lotus.pk):
        Membership.objects.filter(pk=world.ben.pk).update(role=role)
    response = client_of(world.ben).get(f"/w/{world.lotus.slug}/admin/")
    assert (response.status_code, response["Location"]) == (302, "/admin/")


def test_a_deactivated_member_is_a_stranger(
    world: World, client_of: ClientOf, place: dict[str, int], subtests: pytest.Subtests
) -> None:
    browser = client_of(world.amy)
    with scope(world.lotus.pk):
        assert Membership.objects.filter(pk=world.amy.pk).update(is_active=False) == 1
    for name, method in addresses():
        with subtests.test(name):
            assert ask(browser, method, address(name, world.lotus.slug, place)).status_code == 404


def test_a_deactivated_member_sees_it_at_home_too(world: World, client_of: ClientOf) -> None:
    browser = client_of(world.amy)
    assert browser.get("/").status_code == 302
    with scope(world.lotus.pk):
        Membership.objects.filter(pk=world.amy.pk).update(is_active=False)
    assert "Lotus Flowers" not in browser.get("/").content.decode()


def test_a_deactivated_user_is_signed_out(world: World, client_of: ClientOf) -> None:
    browser = client_of(world.amy)
    world.amy.user.is_active = False
    world.amy.user.save()
    assert browser.get(f"/w/{world.lotus.slug}/").status_code == 302


# --- methods --------------------------------------------------------------------------------------------------------


def test_the_other_method_is_refused(
    world: World, client_of: ClientOf, place: dict[str, int], subtests: pytest.Subtests
) -> None:
    before = footprint(world)
    browser = client_of(world.olivia)
    for name, method in addresses():
        with subtests.test(name):
            other = "get" if method == "post" else "post"
            assert ask(browser, other, address(name, world.lotus.slug, place)).status_code == 405
    assert footprint(world) == before


def test_writing_needs_a_csrf_token(world: World, place: dict[str, int], subtests: pytest.Subtests) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(world.amy.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    before = footprint(world)
    for name, method in addresses():
        if method == "post":
            with subtests.test(name):
                assert ask(browser, "post", address(name, world.lotus.slug, place)).status_code == 403
    assert footprint(world) == before


def test_pages_of_a_workspace_stay_out_of_caches(world: World, client_of: Callable[..., Client]) -> None:
    response = client_of(world.amy).get("/w/lotus-flowers/")
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    assert "HX-Request" in response["Vary"]


# --- chats that somebody does not see -------------------------------------------------------------------------------


def test_a_chat_that_a_member_does_not_see_is_missing_at_every_address(
    world: World, client_of: ClientOf, place: dict[str, int], subtests: pytest.Subtests
) -> None:
    """Also what Amy wrote, planned and was told there herself; until somebody mentions her."""
    with scope(world.lotus.pk):
        room = Chatroom.objects.get(pk=place["room_id"])
        Attachment.objects.filter(pk=place["attachment_id"]).update(file=place["file_id"])
        Chatroom.objects.update(assignee=world.ben)
        Membership.objects.filter(pk=world.amy.pk).update(visibility=Visibility.OWN_AND_UNASSIGNED)
    before = footprint(world)
    of_chats = ("room_id", "message_id", "customer_id", "other_id", "file_id", "row_id", "notification_id")
    nothing = place | dict.fromkeys(of_chats, 0)
    browser = client_of(world.amy)
    hidden = []
    for name, method in addresses():
        url, empty_url = (address(name, world.lotus.slug, ids) for ids in (place, nothing))
        with subtests.test(name):
            if url != empty_url:
                hidden.append((name, method))
                response = ask(browser, method, url)
                assert response.status_code == 404
                assert comparable(response, "") == comparable(ask(browser, method, empty_url), "")
            elif method == "get":
                assert "Chan Tai Man" not in ask(browser, method, url).content.decode()
    assert footprint(world) == before
    assert len(hidden) > 50

    with scope(world.lotus.pk):
        note = CustomerNote.objects.create(
            workspace=world.lotus, customer=room.customer, author=world.ben, text="Help me, @Amy"
        )
        NoteMention.objects.create(workspace=world.lotus, note=note, member=world.amy)
    elsewhere = {"customers:merge_preview"}  # of another customer, too
    for name, method in hidden:
        if method == "get" and name not in elsewhere:
            with subtests.test(f"{name}, opened"):
                assert ask(browser, method, address(name, world.lotus.slug, place)).status_code in (200, 302, 303)
