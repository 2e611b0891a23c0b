"""What search needs inside PostgreSQL: text in a form to compare, indexes over it, and functions that read them.

Row-level security keeps trigram indexes from being used: their operators are not leakproof, so the planner would have
to read a workspace's every row first. These functions run as a role of their own, which cannot log in, may read a few
columns, and has a policy that lets it see every row; each function therefore begins by comparing the workspace it is
asked about with the scope, and refuses any other. They return ids only: the rows are read by the product's own role,
under the policies. See docs/search.md.
"""

from __future__ import annotations

ROLE = "switchboard_search"

# The fewest characters of a word that an index can find; shorter ones are looked for among the newest messages only.
FEWEST_INDEXED = 3

# Lower case, without accents and without the width and ligatures of compatibility forms.
_TEXT = """
CREATE FUNCTION search_text(content text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF octet_length(content) = length(content) THEN
        RETURN lower(content);
    END IF;
    RETURN lower(public.unaccent('public.unaccent', lower(normalize(content, NFKC))));
END $$
"""

# Every character as four of ASCII (eight for the rare ones of four bytes), so that neighbours have trigrams of their own
# whatever the language and whatever the database's locale takes for a letter. Folding case loses little: what an index
# finds is compared with the text itself afterwards.
_WIDE = r"""
CREATE FUNCTION search_wide(characters text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
SELECT lower(translate(encode(convert_to(
    regexp_replace(regexp_replace(characters, '([\u0080-\u07ff])', '\1_', 'g'), '([\U00010000-\U0010ffff])', '\1__', 'g'),
    'UTF8'), 'base64'), E'+/\n', 'xy'))
$$
"""

_KEY = r"""
CREATE FUNCTION search_key(content text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    folded text := public.search_text(content);
BEGIN
    IF octet_length(folded) = length(folded) THEN
        RETURN folded;
    END IF;
    RETURN regexp_replace(folded, '[^\u0001-\u007f]+', ' ', 'g') || ' '
        || public.search_wide(regexp_replace(folded, '[\u0001-\u007f]+', '', 'g'));
END $$
"""

_HOLDS = """
CREATE FUNCTION search_holds(content text, words text[]) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    folded text := public.search_text(content);
    word text;
BEGIN
    FOREACH word IN ARRAY words LOOP
        IF strpos(folded, word) = 0 THEN
            RETURN false;
        END IF;
    END LOOP;
    RETURN true;
END $$
"""

# What an index is asked for these words: a LIKE for each run of characters that stand together in the key. Too short a
# run says nothing to an index.
_CONDITIONS = rf"""
CREATE FUNCTION search_conditions(expression text, words text[]) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
SELECT string_agg(format(' AND %s LIKE %L', expression,
                         '%' || regexp_replace(run, '([\\%_])', '\\\1', 'g') || '%'), '')
FROM (
    SELECT DISTINCT CASE WHEN octet_length(piece[1]) = length(piece[1]) THEN piece[1] ELSE public.search_wide(piece[1]) END
    FROM unnest(words) AS word, regexp_matches(word, '[\u0001-\u007f]+|[^\u0001-\u007f]+', 'g') AS piece
) AS runs (run)
WHERE run ~ '[a-z0-9]{{{FEWEST_INDEXED}}}'
$$
"""

_PERMIT = """
CREATE FUNCTION search_permit(workspace bigint) RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF workspace IS NULL OR workspace IS DISTINCT FROM nullif(current_setting('inbox.workspace_id', true), '')::bigint
    THEN
        RAISE insufficient_privilege USING MESSAGE = 'search outside of the workspace''s scope';
    END IF;
END $$
"""

# As the search role, on one processor, and by bitmaps: the planner would else take the index that lists the newest first,
# in the hope that a rare word turns up soon.
_AS_SEARCH = """
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET jit = off SET max_parallel_workers_per_gather = 0
"""

# Which chats whoever searches may see, as `workspaces.visibility` has it: NULL, and so no condition, for all. The rule is
# the one of `Reach.rooms`; a test holds the two together.
_REACH = """
CREATE FUNCTION search_reach(reach jsonb) RETURNS text LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
SELECT format(
    '(room.assignee_id = %s OR room.team_id = ANY (%L::bigint[]) OR room.customer_id = ANY (%L::bigint[])%s)',
    (reach->>'member')::bigint,
    translate(reach->>'teams', '[]', '{}')::bigint[],
    translate(reach->>'customers', '[]', '{}')::bigint[],
    CASE WHEN (reach->>'with_unassigned')::boolean THEN ' OR (room.assignee_id IS NULL AND room.team_id IS NULL)' END
)
$$
"""

# A person is seen by who sees a chat of theirs, or of anybody they were merged with.
_KNOWN = """
CREATE FUNCTION search_known(filters jsonb, customer text) RETURNS text LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
SELECT ' AND EXISTS (
    SELECT FROM customers_customer AS one
    JOIN customers_customer AS own
        ON own.id IN (one.id, one.merged_into_id) OR own.merged_into_id IN (one.id, one.merged_into_id)
    JOIN chatrooms_chatroom AS room ON room.customer_id = own.id
    WHERE one.id = ' || customer || ' AND ' || search_reach(filters->'reach') || ')'
$$
"""

_FILTERS = """
CREATE FUNCTION search_filters(filters jsonb) RETURNS text LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
SELECT concat(
    ' AND EXISTS (SELECT FROM chatrooms_chatroom AS room WHERE room.id = message.chatroom_id AND '
        || search_reach(filters->'reach') || ')',
    ' AND message.direction = ' || quote_literal(filters->>'direction'),
    ' AND message.author_id = ' || (filters->>'author')::bigint,
    ' AND message.connection_id = ANY ('
        || quote_literal(translate(filters->>'connections', '[]', '{}')::bigint[]) || '::bigint[])',
    ' AND message.sent_at >= ' || quote_literal((filters->>'since')::timestamptz),
    ' AND message.sent_at < ' || quote_literal((filters->>'until')::timestamptz),
    CASE WHEN (filters->>'has_file')::boolean
    THEN ' AND EXISTS (SELECT FROM chatrooms_attachment AS part WHERE part.message_id = message.id)' END
)
$$
"""

# The workspace is a bigint by name below: a plain number is an integer, and its comparison is none that btree_gin knows.
# With `newest`, look at that many messages before the position and no further: a common word is there. Without it, ask
# the index for all that there ever were. The hits are gathered before they are sorted, or the planner would rather read
# everything from the newest on until it has enough.
_MESSAGES = f"""
CREATE FUNCTION search_messages(
    workspace bigint, words text[], filters jsonb, before_at timestamptz, before_id bigint, wanted integer, newest integer
) RETURNS TABLE (id bigint, sent_at timestamptz) {_AS_SEARCH} AS $$
DECLARE
    folded text[] := ARRAY(SELECT search_text(word) FROM unnest(words) AS word);
    indexed text := search_conditions('search_key(message.text)', folded);
    place text := format(
        $q$message.text <> '' AND message.direction <> 'system' AND message.workspace_id = %s::bigint$q$, workspace
    );
BEGIN
    PERFORM search_permit(workspace);
    IF before_at IS NOT NULL THEN
        place := place || format(' AND (message.sent_at, message.id) < (%L, %L)', before_at, before_id);
    END IF;
    IF newest IS NOT NULL THEN
        place := place || coalesce(' AND message.sent_at < ' || quote_literal((filters->>'until')::timestamptz), '');
        RETURN QUERY EXECUTE format($q$
            SELECT message.id, message.sent_at FROM (
                SELECT id, sent_at, text, direction, author_id, connection_id, chatroom_id
                FROM chatrooms_message AS message
                WHERE %s ORDER BY message.sent_at DESC, message.id DESC LIMIT %s
            ) AS message WHERE search_holds(message.text, $1) %s LIMIT %s
        $q$, place, newest, search_filters(filters), wanted) USING folded;
    ELSIF indexed IS NOT NULL THEN
        RETURN QUERY EXECUTE format($q$
            WITH found AS MATERIALIZED (
                SELECT message.id, message.sent_at FROM chatrooms_message AS message
                WHERE %s %s %s AND search_holds(message.text, $1)
            )
            SELECT found.id, found.sent_at FROM found ORDER BY found.sent_at DESC, found.id DESC LIMIT %s
        $q$, place, indexed, search_filters(filters), wanted) USING folded;
    END IF;
END $$
"""

_FILES = f"""
CREATE FUNCTION search_files(
    workspace bigint, words text[], filters jsonb, before_id bigint, wanted integer
) RETURNS TABLE (id bigint) {_AS_SEARCH} AS $$
DECLARE
    folded text[] := ARRAY(SELECT search_text(word) FROM unnest(words) AS word);
BEGIN
    PERFORM search_permit(workspace);
    RETURN QUERY EXECUTE format($q$
        WITH found AS MATERIALIZED (
            SELECT file.id FROM media_mediafile AS file
            WHERE file.workspace_id = %1$s::bigint AND file.made_from_id IS NULL %2$s AND search_holds(file.filename, $1)
        )
        SELECT part.id FROM found
        JOIN chatrooms_attachment AS part ON part.file_id = found.id
        JOIN chatrooms_message AS message ON message.id = part.message_id
        WHERE message.workspace_id = %1$s::bigint AND message.removed_at IS NULL AND part.id < %3$s %4$s
        ORDER BY part.id DESC LIMIT %5$s
    $q$, workspace, coalesce(search_conditions('search_key(file.filename)', folded), ''),
        coalesce(before_id, 9223372036854775807), search_filters(filters), wanted) USING folded;
END $$
"""

_NOTES = f"""
CREATE FUNCTION search_notes(
    workspace bigint, words text[], filters jsonb, before_id bigint, wanted integer
) RETURNS TABLE (id bigint) {_AS_SEARCH} AS $$
DECLARE
    folded text[] := ARRAY(SELECT search_text(word) FROM unnest(words) AS word);
BEGIN
    PERFORM search_permit(workspace);
    RETURN QUERY EXECUTE format($q$
        WITH found AS MATERIALIZED (
            SELECT note.id FROM notes_customernote AS note
            WHERE note.workspace_id = %s::bigint AND note.id < %s %s AND search_holds(note.text, $1) %s
        )
        SELECT found.id FROM found ORDER BY found.id DESC LIMIT %s
    $q$, workspace, coalesce(before_id, 9223372036854775807),
        coalesce(search_conditions('search_key(note.text)', folded), ''),
        search_known(filters, 'note.customer_id'), wanted) USING folded;
END $$
"""

_NAMES = "name || ' ' || given_name || ' ' || profile_name || ' ' || label"
_IDENTITY = "key || ' ' || value"

# Names that hold every word, numbers and user names that hold the fragment, and then names that are nearly so.
_CUSTOMERS = f"""
CREATE FUNCTION search_customers(
    workspace bigint, words text[], filters jsonb, digits text, in_channel text, wanted integer
) RETURNS TABLE (id bigint, likeness real) {_AS_SEARCH} SET pg_trgm.word_similarity_threshold = 0.45 AS $$
DECLARE
    folded text[] := ARRAY(SELECT search_text(word) FROM unnest(words) AS word);
    fragments text[] := CASE WHEN digits = '' THEN folded ELSE ARRAY[digits] END;
    phrase text := search_key(array_to_string(words, ' '));
    alike text := '';
BEGIN
    PERFORM search_permit(workspace);
    IF length(phrase) > 3 AND phrase ~ '[a-z]' THEN
        alike := format($q$
            UNION ALL
            SELECT customers_customer.id, word_similarity(%1$L, search_key({_NAMES})) FROM customers_customer
            WHERE workspace_id = %2$s::bigint AND %1$L <% search_key({_NAMES})
        $q$, phrase, workspace);
    END IF;
    RETURN QUERY EXECUTE format($q$
        WITH found AS MATERIALIZED (
            SELECT customers_customer.id, 2::real AS likeness FROM customers_customer
            WHERE workspace_id = %1$s::bigint %2$s AND search_holds({_NAMES}, $1)
            UNION ALL
            SELECT customer_id, 2::real FROM customers_customeridentity
            WHERE workspace_id = %1$s::bigint AND kind IN ('phone', 'username') %3$s AND search_holds({_IDENTITY}, $2)
            %4$s
        )
        SELECT found.id, max(found.likeness) FROM found
        WHERE ($3 IS NULL OR EXISTS (
            SELECT FROM customers_customeridentity AS own WHERE own.customer_id = found.id AND own.channel = $3
        )) %6$s
        GROUP BY found.id ORDER BY max(found.likeness) DESC, found.id DESC LIMIT %5$s
    $q$, workspace, coalesce(search_conditions($q$search_key({_NAMES})$q$, folded), ''),
        coalesce(search_conditions($q$search_key({_IDENTITY})$q$, fragments), ''), alike, wanted,
        search_known(filters, 'found.id'))
    USING folded, fragments, in_channel;
END $$
""".replace("<% ", "<%% ")

_HELPERS = {
    "search_text(text)": _TEXT,
    "search_wide(text)": _WIDE,
    "search_key(text)": _KEY,
    "search_holds(text, text[])": _HOLDS,
    "search_conditions(text, text[])": _CONDITIONS,
    "search_permit(bigint)": _PERMIT,
    "search_reach(jsonb)": _REACH,
    "search_known(jsonb, text)": _KNOWN,
    "search_filters(jsonb)": _FILTERS,
}
FUNCTIONS = {
    "search_messages(bigint, text[], jsonb, timestamptz, bigint, integer, integer)": _MESSAGES,
    "search_files(bigint, text[], jsonb, bigint, integer)": _FILES,
    "search_notes(bigint, text[], jsonb, bigint, integer)": _NOTES,
    "search_customers(bigint, text[], jsonb, text, text, integer)": _CUSTOMERS,
}
# The columns that the search role may read.
COLUMNS = {
    "chatrooms_chatroom": "id, customer_id, assignee_id, team_id",
    "chatrooms_message": "id, workspace_id, chatroom_id, connection_id, direction, author_id, text, sent_at, removed_at",
    "chatrooms_attachment": "id, workspace_id, message_id, file_id",
    "notes_customernote": "id, workspace_id, customer_id, text",
    "media_mediafile": "id, workspace_id, filename, made_from_id",
    "customers_customer": "id, workspace_id, merged_into_id, name, given_name, profile_name, label",
    "customers_customeridentity": "id, workspace_id, customer_id, channel, kind, key, value",
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
    "customers_by_name": f"customers_customer USING gin (workspace_id, search_key({_NAMES}) gin_trgm_ops) {_GIN}",
    "identities_by_fragment": (
        f"customers_customeridentity USING gin (workspace_id, search_key({_IDENTITY}) gin_trgm_ops) {_GIN}"
        " WHERE kind IN ('phone', 'username')"
    ),
}

# What belongs to whom came later than search itself.
_CHATS = "chatrooms_chatroom"

_REQUIRE_ROLE = f"""
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') THEN
        RAISE 'The role {ROLE} is missing.' USING HINT = 'As a superuser, once: CREATE ROLE {ROLE} NOLOGIN; '
            || format('GRANT {ROLE} TO %I WITH INHERIT FALSE, SET TRUE;', current_user);
    END IF;
END $$
"""


def create_statements() -> list[str]:
    """Everything, in order; run by the product's own role, which owns the schema."""
    return [
        _REQUIRE_ROLE,
        *(f"CREATE EXTENSION IF NOT EXISTS {name}" for name in ("btree_gin", "pg_trgm", "unaccent")),
        *_HELPERS.values(),
        *(f"CREATE INDEX {name} ON {what}" for name, what in INDEXES.items()),
        *(sql for table in COLUMNS if table != _CHATS for sql in _readable(table)),
        *_functions(),
    ]


def visibility_statements() -> list[str]:
    """What makes an installation ask which chats a member sees, whether or not it was created like that."""
    helpers = ("search_reach(jsonb)", "search_known(jsonb, text)", "search_filters(jsonb)")
    known = ("search_notes(bigint, text[], bigint, integer)", "search_customers(bigint, text[], text, text, integer)")
    return [
        "SELECT show_limit()",  # loads pg_trgm: only then may a function have settings of it
        *(f"DROP FUNCTION IF EXISTS {name}" for name in (*known, *FUNCTIONS)),
        *(_HELPERS[name].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION") for name in helpers),
        *(f"DROP POLICY IF EXISTS search ON {table}" for table in COLUMNS),
        *(sql for table in COLUMNS for sql in _readable(table)),
        *_functions(),
    ]


def _readable(table: str) -> list[str]:
    """Let the search role read a table's columns, of every workspace."""
    return [
        f"GRANT SELECT ({COLUMNS[table]}) ON {table} TO {ROLE}",
        f"CREATE POLICY search ON {table} FOR SELECT TO {ROLE} USING (true)",
    ]


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


def drop_statements() -> list[str]:
    return [
        *(f"DROP FUNCTION {name}" for name in FUNCTIONS),
        *(f"DROP POLICY search ON {table}" for table in COLUMNS),
        *(f"REVOKE SELECT ({columns}) ON {table} FROM {ROLE}" for table, columns in COLUMNS.items()),
        *(f"DROP INDEX {name}" for name in INDEXES),
        *(f"DROP FUNCTION {name}" for name in reversed(_HELPERS)),
    ]
