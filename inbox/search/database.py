"""What search needs inside PostgreSQL: a role, indexes over texts in a form to compare, and functions that read them.

Row-level security keeps trigram indexes from being used: their operators are not leakproof, so the planner would have
to read a workspace's every row first. The functions run as a role of their own, which cannot log in, may read a few
columns, and has a policy that lets it see every row; each of them refuses any workspace but the scope's. They return ids
only: the rows are read by the product's own role, under the policies. See docs/search.md.
"""

from __future__ import annotations

from collections.abc import Iterable

from . import functions, people
from .people import IDENTITY, NAMES

HELPERS = {**functions.HELPERS, **people.HELPERS}
FUNCTIONS = {**functions.FUNCTIONS, **people.FUNCTIONS}

ROLE = "switchboard_search"

# The columns that the search role may read.
COLUMNS = {
    "chatrooms_chatroom": "id, workspace_id, customer_id, connection_id, assignee_id, team_id",
    "chatrooms_message": "id, workspace_id, chatroom_id, connection_id, direction, author_id, text, sent_at, removed_at",
    "chatrooms_attachment": "id, workspace_id, message_id, file_id",
    "notes_customernote": "id, workspace_id, customer_id, author_id, text, created_at",
    "media_mediafile": "id, workspace_id, filename, made_from_id",
    "customers_customer": "id, workspace_id, merged_into_id, name, given_name, profile_name, label",
    "customers_customeridentity": "id, workspace_id, customer_id, channel, kind, key, value",
    "customers_customerfield": "id, workspace_id, key, type, is_hidden",
    "customers_customervalue": "id, workspace_id, customer_id, key, value",
}
# What waits to be put into an index is put there by VACUUM or by the write that fills the list, so the list is long.
_GIN = "WITH (fastupdate = on, gin_pending_list_limit = 16384)"
INDEXES = {
    "messages_by_time": (
        "chatrooms_message (workspace_id, sent_at DESC, id DESC) WHERE text <> '' AND direction <> 'system'"
    ),
    "messages_by_words": (
        f"chatrooms_message USING gin (workspace_id, search_key(text) gin_trgm_ops) {_GIN}"
        " WHERE text <> '' AND direction <> 'system'"
    ),
    "notes_by_words": f"notes_customernote USING gin (workspace_id, search_key(text) gin_trgm_ops) {_GIN}",
    "files_by_name": (
        f"media_mediafile USING gin (workspace_id, search_key(filename) gin_trgm_ops) {_GIN} WHERE made_from_id IS NULL"
    ),
    "customers_by_name": f"customers_customer USING gin (workspace_id, search_key({NAMES}) gin_trgm_ops) {_GIN}",
    "identities_by_fragment": (
        f"customers_customeridentity USING gin (workspace_id, search_key({IDENTITY}) gin_trgm_ops) {_GIN}"
        " WHERE kind IN ('phone', 'username')"
    ),
    "values_by_fragment": f"customers_customervalue USING gin (workspace_id, search_key(value) gin_trgm_ops) {_GIN}",
    "messages_by_author": "chatrooms_message (workspace_id, author_id) WHERE author_id IS NOT NULL",
    "notes_by_author": "notes_customernote (workspace_id, author_id)",
}

# What came later than search itself: what belongs to whom, what is known of customers, and who wrote what.
_CHATS = "chatrooms_chatroom"
_KNOWN = ("customers_customerfield", "customers_customervalue")
_LATER = ("values_by_fragment", "messages_by_author", "notes_by_author")

# The forms that functions had before.
_OF_OLD = (
    "search_notes(bigint, text[], bigint, integer)",
    "search_customers(bigint, text[], text, text, integer)",
    "search_customers(bigint, text[], jsonb, text, text, integer)",
    "search_known(jsonb, text)",
)

_REQUIRE_ROLE = f"""
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') THEN
        RAISE 'The role {ROLE} is missing.' USING HINT = 'As a superuser, once: CREATE ROLE {ROLE} NOLOGIN; '
            || format('GRANT {ROLE} TO %I WITH INHERIT FALSE, SET TRUE;', current_user);
    END IF;
END $$
"""


def create_statements() -> list[str]:
    """Everything that is as old as search, in order; run by the product's own role, which owns the schema."""
    return [
        _REQUIRE_ROLE,
        *(f"CREATE EXTENSION IF NOT EXISTS {name}" for name in ("btree_gin", "pg_trgm", "unaccent")),
        *HELPERS.values(),
        *(f"CREATE INDEX {name} ON {what}" for name, what in INDEXES.items() if name not in _LATER),
        *(sql for table in COLUMNS if table not in (_CHATS, *_KNOWN) for sql in _readable(table)),
        *_functions(),
    ]


def visibility_statements() -> list[str]:
    """What makes an installation ask which chats a member sees, whether or not it was created like that."""
    return _renewal([table for table in COLUMNS if table not in _KNOWN])


def knowledge_statements() -> list[str]:
    """What makes an installation find customers by what is known of them, and notes by who wrote them.

    The indexes come first, while others still read: policies and functions take moments, but nobody may read meanwhile.
    """
    return [*(f"CREATE INDEX {name} ON {INDEXES[name]}" for name in _LATER), *_renewal(COLUMNS)]


def unlearning_statements() -> list[str]:
    """Take back the indexes of `knowledge_statements`. What may be read stays, for the functions are those of today."""
    return [f"DROP INDEX {name}" for name in _LATER]


def renewal_statements() -> list[str]:
    """Make an installation's functions those of today, where they read nothing that they did not."""
    return _renewal([])


def drop_statements() -> list[str]:
    return [
        *(f"DROP FUNCTION {name}" for name in FUNCTIONS),
        *(sql for table in COLUMNS if table not in _KNOWN for sql in _unreadable(table)),
        *(f"DROP INDEX {name}" for name in INDEXES if name not in _LATER),
        *(f"DROP FUNCTION {name}" for name in reversed(HELPERS)),
    ]


def _renewal(tables: Iterable[str]) -> list[str]:
    """Make the functions and what they may read those of today."""
    return [
        "SELECT show_limit()",  # loads pg_trgm: only then may a function have settings of it
        *(f"DROP FUNCTION IF EXISTS {name}" for name in (*_OF_OLD, *FUNCTIONS)),
        *(text.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION") for text in HELPERS.values()),
        *(f"DROP POLICY IF EXISTS search ON {table}" for table in tables),
        *(sql for table in tables for sql in _readable(table)),
        *_functions(),
    ]


def _readable(table: str) -> list[str]:
    """Let the search role read a table's columns, of every workspace."""
    return [
        f"GRANT SELECT ({COLUMNS[table]}) ON {table} TO {ROLE}",
        f"CREATE POLICY search ON {table} FOR SELECT TO {ROLE} USING (true)",
    ]


def _unreadable(table: str) -> list[str]:
    return [f"DROP POLICY search ON {table}", f"REVOKE SELECT ({COLUMNS[table]}) ON {table} FROM {ROLE}"]


def _functions() -> list[str]:
    return [
        *FUNCTIONS.values(),
        f"GRANT CREATE ON SCHEMA public TO {ROLE}",  # an owner must be able to create what it owns
        *(f"ALTER FUNCTION {name} OWNER TO {ROLE}" for name in FUNCTIONS),
        f"REVOKE CREATE ON SCHEMA public FROM {ROLE}",
        f"SET ROLE {ROLE}",
        *(f"REVOKE EXECUTE ON FUNCTION {name} FROM PUBLIC" for name in FUNCTIONS),
        *(f"GRANT EXECUTE ON FUNCTION {name} TO SESSION_USER" for name in FUNCTIONS),
        "RESET ROLE",
    ]
