"""Background work of chatrooms. Each task is an interface: ids in, one action call."""

from __future__ import annotations

from datetime import datetime

from celery import shared_task

from . import actions


@shared_task
def dispatch_outbox(**_: object) -> int:
    """Send what is due. Woken on commit, and by a sweep every few seconds."""
    return actions.dispatch_due()


@shared_task
def settle_attachment(*, workspace_id: int, attachment_id: int, **_: object) -> bool:
    """Fetch a file that arrived, or convert one and bring it to the vendor."""
    return actions.settle_attachment(workspace_id=workspace_id, attachment_id=attachment_id)


@shared_task
def wake_attachments(**_: object) -> int:
    return actions.wake_attachments()


@shared_task
def settle_lost_sends(**_: object) -> int:
    return actions.settle_lost_sends() + actions.settle_parked() + actions.settle_parked_alterations()


@shared_task
def mark_read_at_vendor(*, workspace_id: int, chatroom_id: int, external_id: str, **_: object) -> bool:
    return actions.report_read_to_vendor(workspace_id=workspace_id, chatroom_id=chatroom_id, external_id=external_id)


@shared_task
def send_reaction(*, workspace_id: int, message_id: int, emoji: str, before: str, **_: object) -> bool:
    return actions.send_reaction(workspace_id=workspace_id, message_id=message_id, emoji=emoji, before=before)


@shared_task
def show_typing(*, workspace_id: int, chatroom_id: int, **_: object) -> bool:
    return actions.show_typing(workspace_id=workspace_id, chatroom_id=chatroom_id)


@shared_task
def note_window_refusal(*, workspace_id: int, chatroom_id: int, at: str, **_: object) -> bool:
    moment = datetime.fromisoformat(at)
    return actions.note_window_refusal(workspace_id=workspace_id, chatroom_id=chatroom_id, at=moment)


@shared_task
def note_held_elsewhere(*, workspace_id: int, chatroom_id: int, at: str, **_: object) -> bool:
    moment = datetime.fromisoformat(at)
    return actions.note_held_elsewhere(workspace_id=workspace_id, chatroom_id=chatroom_id, at=moment)


@shared_task
def take_control(*, workspace_id: int, chatroom_id: int, actor: str, **_: object) -> bool:
    return actions.take_control(workspace_id=workspace_id, chatroom_id=chatroom_id, actor=actor)


@shared_task
def release_held_answers(*, workspace_id: int, chatroom_id: int, **_: object) -> int:
    return actions.release_held_answers(workspace_id=workspace_id, chatroom_id=chatroom_id)


@shared_task
def sweep_held_answers(**_: object) -> int:
    return actions.sweep_held_answers()


@shared_task
def assign_chats(*, workspace_id: int | None = None, **_: object) -> int:
    """Give chats that wait to agents. Woken on commit; without a workspace, a sweep of all of them."""
    if workspace_id is None:
        actions.free_chats_of_the_gone()
    return actions.assign_waiting_chats(workspace_id=workspace_id)


@shared_task
def free_chats(*, workspace_id: int, **_: object) -> int:
    """Take open chats off members who have left. Woken on commit; the sweep of `assign_chats` finds what was lost."""
    return actions.free_chats_of_the_gone(workspace_id=workspace_id)


@shared_task
def announce_customers(
    *, workspace_id: int, customer_ids: list[int], event: str = "", actor: str = "", **_: object
) -> None:
    """Show customers anew; with an event, say so in their chats too."""
    if event:
        actions.tell_chats(workspace_id=workspace_id, customer_ids=customer_ids, event=event, actor=actor)
    else:
        actions.announce_customers(workspace_id=workspace_id, customer_ids=customer_ids)


@shared_task
def announce_labels(*, workspace_id: int, actor: str, lines: list[tuple[int, str, str]], **_: object) -> None:
    actions.announce_labels(workspace_id=workspace_id, actor=actor, lines=lines)


@shared_task
def purge_old_changes(**_: object) -> int:
    return actions.purge_changes()


@shared_task
def purge_old_files(**_: object) -> int:
    return actions.purge_old_files()
