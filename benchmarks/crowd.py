"""Fill workspaces with customers, chats and messages, quickly and inside PostgreSQL.

Row-level security refuses COPY into a tenant table, and this is not the place to switch it off: a few INSERT … SELECT
make the same rows.
"""

from __future__ import annotations

from collections.abc import Mapping

import psycopg

from inbox.workspaces.tenancy import PLATFORM_SETTING

from .cast import Business
from .stage import Stage

MESSAGES = 4

_CUSTOMERS = """
INSERT INTO customers_customer (workspace_id, name, given_name, profile_name, label, profile_error, picture_version,
                                is_blocked, is_opted_out, revision, created_at)
SELECT %(workspace)s, 'Customer ' || n, '', 'Customer ' || n, '', '', '', false, false, 0, now() FROM generate_series(1, %(rooms)s) AS n
"""
_IDENTITIES = """
INSERT INTO customers_customeridentity (workspace_id, customer_id, channel, kind, scope, key, value, created_at)
SELECT workspace_id, id, 'whatsapp', 'phone', '', (85300000000 + id)::text, (85300000000 + id)::text, now()
FROM customers_customer WHERE workspace_id = %(workspace)s
"""
# A tenth is closed; of the others the agent has a third. One chat after the other, back from now.
_ROOMS = """
INSERT INTO chatrooms_chatroom (workspace_id, customer_id, connection_id, status, assignee_id, last_message_at,
                                last_inbound_at, waiting_since, inbound_count, reported_read_id, created_at)
SELECT workspace_id, id, %(connection)s, CASE WHEN id %% 10 = 0 THEN 'closed' ELSE 'open' END,
       CASE WHEN id %% 3 = 0 THEN %(agent)s END, moment, moment, moment, %(messages)s / 2, '', moment
FROM (SELECT *, now() - row_number() OVER (ORDER BY id) * %(apart)s * interval '1 minute' AS moment FROM customers_customer
      WHERE workspace_id = %(workspace)s) AS customer
"""
_MESSAGES = """
INSERT INTO chatrooms_message (workspace_id, chatroom_id, connection_id, direction, kind, text, details, author_id,
                               client_id, external_id, reply_to_external_id, state, attempt_count,
                               failure_code, failure_text, sent_at, created_at, reactions, reacted_at)
SELECT workspace_id, id, connection_id, CASE n %% 2 WHEN 0 THEN 'inbound' ELSE 'outbound' END, 'text',
       'Message ' || n || ' of about the length that a message in a chat with a shop has', '{}',
       CASE n %% 2 WHEN 1 THEN %(agent)s::bigint END, gen_random_uuid(), 'wamid.' || id || '.' || n, '',
       CASE n %% 2 WHEN 0 THEN 'received' ELSE 'read' END, n %% 2, '', '', last_message_at - n * interval '1 minute', now(), '{}', '{}'
FROM chatrooms_chatroom, generate_series(0, %(messages)s - 1) AS n
WHERE workspace_id = %(workspace)s
"""
_LAST = """
UPDATE chatrooms_chatroom AS room SET last_message_id = message.id
FROM chatrooms_message AS message
WHERE room.workspace_id = %(workspace)s AND message.workspace_id = room.workspace_id
  AND message.chatroom_id = room.id AND message.sent_at = room.last_message_at
"""


# What filters look for: labels that a twentieth and two hundred of the customers have, chats of which the agent has read all
# but one in fifty, two hundred with a message that failed, and whatever else a chat may have. A small business has two hundred
# of each too, so that a page of the list is as full as a large one's. None of these depends on what is closed.
_LABELS = """
INSERT INTO labels_label (workspace_id, name, key, colour, position, created_at)
SELECT %(workspace)s, name, lower(name), 'teal', 0, now() FROM unnest('{Regular,Rare}'::text[]) AS name
"""
_LABELLED = """
INSERT INTO labels_customerlabel (workspace_id, customer_id, label_id, created_at)
SELECT label.workspace_id, customer.id, label.id, now() FROM labels_label AS label, customers_customer AS customer
WHERE label.workspace_id = %(workspace)s AND customer.workspace_id = %(workspace)s
  AND customer.id %% CASE label.name WHEN 'Rare' THEN %(one_in)s ELSE least(%(one_in)s, 20) END = 1
"""
_READ = """
INSERT INTO chatrooms_readmarker (workspace_id, chatroom_id, member_id, seen_count)
SELECT workspace_id, id, %(agent)s, inbound_count FROM chatrooms_chatroom
WHERE workspace_id = %(workspace)s AND id %% least(%(one_in)s, 49) <> 3
"""
_FAILED = """
UPDATE chatrooms_message AS message SET state = 'failed' FROM chatrooms_chatroom AS room
WHERE room.workspace_id = %(workspace)s AND message.workspace_id = room.workspace_id
  AND message.chatroom_id = room.id AND room.id %% %(one_in)s = 2
  AND message.direction = 'outbound'
  AND message.sent_at = room.last_message_at - interval '1 minute'
"""
# A colleague has a third too: whoever joined last.
_TEAM = """
INSERT INTO workspaces_team (workspace_id, name, created_at) VALUES (%(workspace)s, 'Counter', now())
"""
_HOLDERS = """
UPDATE chatrooms_chatroom AS room
SET assignee_id = CASE room.id %% 3 WHEN 1 THEN colleague.id ELSE assignee_id END,
    status = CASE WHEN room.id %% 10 = 5 THEN 'archived' ELSE status END,
    team_id = CASE WHEN room.id %% least(%(one_in)s, 100) = 4 THEN team.id END,
    bot_since = CASE WHEN room.id %% %(one_in)s = 1 THEN last_message_at END,
    connection_id = CASE WHEN room.id %% %(one_in)s = 3 THEN last_number.id ELSE connection_id END
FROM (SELECT max(id) AS id FROM workspaces_membership WHERE workspace_id = %(workspace)s) AS colleague,
     (SELECT max(id) AS id FROM workspaces_team WHERE workspace_id = %(workspace)s) AS team,
     (SELECT max(id) AS id FROM connections_connection WHERE workspace_id = %(workspace)s) AS last_number
WHERE room.workspace_id = %(workspace)s
"""
_CHATS = (_CUSTOMERS, _IDENTITIES, _ROOMS, _MESSAGES, _LAST)
_VARIETY = (_LABELS, _LABELLED, _READ, _FAILED, _TEAM, _HOLDERS)
_OF_EACH = 200
_LONGEST = 16_000  # minutes that the chats of a varied business go back, at least


def fill(stage: Stage, sizes: Mapping[Business, int], *, messages: int = MESSAGES, is_varied: bool = False) -> None:
    """Give each business this many customers with a chat each."""
    with psycopg.connect(stage.database_url, autocommit=True, options=f"-c {PLATFORM_SETTING}=on") as connection:
        for statement in (*_CHATS, *(_VARIETY if is_varied else ())):
            for business, rooms in sizes.items():
                values = {
                    "workspace": business.workspace.pk,
                    "connection": business.number.pk,
                    "agent": business.agent.pk,
                    "rooms": rooms,
                    "messages": messages,
                    "one_in": max(1, rooms // _OF_EACH),
                    "apart": max(1, _LONGEST // rooms) if is_varied else 1,
                }
                connection.execute(statement, values)
            connection.execute("VACUUM (ANALYZE)")  # the next one reads what this one wrote
