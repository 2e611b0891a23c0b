"""The SQL of search: what makes a text comparable, and the functions that find. `database` puts them into PostgreSQL.

What finds customers is in `people`. Each function that finds begins by comparing the workspace it is asked about with the
scope, and returns ids only.
"""

from __future__ import annotations

# The fewest characters of a word that an index can find; shorter ones are looked for among the newest messages only.
FEWEST_INDEXED = 3

# Who sees no more chats than this is asked for all the people in them.
MOST_KNOWN = 5000

# Lower case, without accents and without the width and ligatures of compatibility forms.
_TEXT = """
CREATE FUNCTION search_text(content text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF octet_length(content) = length(content) THEN
        RETURN lower(content);
    END IF;
    IF content IS NOT NFKC NORMALIZED THEN
        content := normalize(content, NFKC);
    END IF;
    RETURN lower(public.unaccent('public.unaccent', lower(content)));
END $$
"""

# Every character as four of ASCII (eight for the rare ones of four bytes), so that neighbours have trigrams of their own
# whatever the language and whatever the database's locale takes for a letter. Folding case loses little: what an index
# finds is compared with the text itself afterwards.
_WIDE = r"""
CREATE FUNCTION search_wide(characters text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
SELECT lower(replace(replace(replace(encode(convert_to(
    regexp_replace(regexp_replace(characters, '([\u0080-\u07ff])', '\1_', 'g'), '([\U00010000-\U0010ffff])', '\1__', 'g'),
    'UTF8'), 'base64'), '+', 'x'), '/', 'y'), E'\n', ''))
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
    IF folded !~ '[\u0001-\u007f]' THEN
        RETURN '  ' || public.search_wide(folded);
    END IF;
    RETURN regexp_replace(folded, '[^\u0001-\u007f]+', ' ', 'g') || ' '
        || public.search_wide(regexp_replace(folded, '[\u0001-\u007f]+', '', 'g'));
END $$
"""

_HOLDS = """
CREATE FUNCTION search_holds(content text, words text[]) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    folded text;
    word text;
BEGIN
    FOREACH word IN ARRAY words LOOP
        IF strpos(content, word) = 0 THEN
            folded := coalesce(folded, public.search_text(content));
            IF strpos(folded, word) = 0 THEN
                RETURN false;
            END IF;
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

# As the search role, and on one processor.
AS_SEARCH = """
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

# A person is seen by who sees a chat of theirs, or of anybody they were merged with. Who sees few chats is asked for the
# people of these; who sees many is asked about one hit after the other, until the page is full. Its subquery is one that
# the planner cannot turn into a join of everybody with every chat.
_KNOWN = f"""
CREATE FUNCTION search_known(workspace bigint, filters jsonb, customer text) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    reach text := search_reach(filters->'reach');
    chats bigint;
    people bigint[];
BEGIN
    IF reach IS NULL THEN
        RETURN '';
    END IF;
    EXECUTE format($q$
        WITH seen AS MATERIALIZED (
            SELECT coalesce(own.merged_into_id, own.id) AS head FROM chatrooms_chatroom AS room
            JOIN customers_customer AS own ON own.id = room.customer_id
            WHERE room.workspace_id = %s::bigint AND %s LIMIT {MOST_KNOWN + 1}
        ), heads AS (
            SELECT DISTINCT head FROM seen
        )
        SELECT (SELECT count(*) FROM seen), ARRAY(
            SELECT head FROM heads
            UNION ALL SELECT one.id FROM heads JOIN customers_customer AS one ON one.merged_into_id = heads.head
        )
    $q$, workspace, reach) INTO chats, people;
    IF chats <= {MOST_KNOWN} THEN
        RETURN format(' AND %s = ANY (%L::bigint[])', customer, people);
    END IF;
    RETURN format($q$ AND (
        SELECT true FROM customers_customer AS one
        JOIN customers_customer AS own
            ON own.id IN (one.id, one.merged_into_id) OR own.merged_into_id IN (one.id, one.merged_into_id)
        JOIN chatrooms_chatroom AS room ON room.customer_id = own.id
        WHERE one.id = %s AND %s LIMIT 1
    )$q$, customer, reach);
END $$
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
) RETURNS TABLE (id bigint, sent_at timestamptz) {AS_SEARCH} AS $$
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
) RETURNS TABLE (id bigint) {AS_SEARCH} AS $$
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
) RETURNS TABLE (id bigint) {AS_SEARCH} AS $$
DECLARE
    folded text[] := ARRAY(SELECT search_text(word) FROM unnest(words) AS word);
BEGIN
    PERFORM search_permit(workspace);
    RETURN QUERY EXECUTE format($q$
        WITH found AS MATERIALIZED (
            SELECT note.id, note.customer_id FROM notes_customernote AS note
            WHERE note.workspace_id = %s::bigint AND note.id < %s %s %s AND search_holds(note.text, $1)
        )
        SELECT hit.id FROM (SELECT * FROM found ORDER BY found.id DESC OFFSET 0) AS hit WHERE true %s LIMIT %s
    $q$, workspace, coalesce(before_id, 9223372036854775807),
        coalesce(search_conditions('search_key(note.text)', folded), ''),
        concat(
            ' AND note.author_id = ' || (filters->>'author')::bigint,
            ' AND note.created_at >= ' || quote_literal((filters->>'since')::timestamptz),
            ' AND note.created_at < ' || quote_literal((filters->>'until')::timestamptz)
        ),
        search_known(workspace, filters, 'hit.customer_id'), wanted) USING folded;
END $$
"""

HELPERS = {
    "search_text(text)": _TEXT,
    "search_wide(text)": _WIDE,
    "search_key(text)": _KEY,
    "search_holds(text, text[])": _HOLDS,
    "search_conditions(text, text[])": _CONDITIONS,
    "search_permit(bigint)": _PERMIT,
    "search_reach(jsonb)": _REACH,
    "search_known(bigint, jsonb, text)": _KNOWN,
    "search_filters(jsonb)": _FILTERS,
}
FUNCTIONS = {
    "search_messages(bigint, text[], jsonb, timestamptz, bigint, integer, integer)": _MESSAGES,
    "search_files(bigint, text[], jsonb, bigint, integer)": _FILES,
    "search_notes(bigint, text[], jsonb, bigint, integer)": _NOTES,
}
