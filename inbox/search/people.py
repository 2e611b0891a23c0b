"""The SQL that finds customers: each person once, by names, by numbers and user names, and by what is known of them."""

from __future__ import annotations

from inbox.customers.fields import OWN, FieldType

from .functions import AS_SEARCH

# A word that more people hold than this finds them only beside one that fewer hold, when words stand in different places.
MOST_HOLDERS = 5000
# So few people are looked at one by one, without asking for the other words.
FEW_HOLDERS = 100

# Whether anybody who is one person with a hit is on a channel, and has a chat that is seen on a connection. Asked about one
# hit after the other, too.
_AMONG = """
CREATE FUNCTION search_among(filters jsonb) RETURNS text LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
SELECT concat(
    ' AND (SELECT true FROM customers_customer AS one JOIN customers_customeridentity AS own ON own.customer_id = one.id'
        ' WHERE (one.id = hit.head OR one.merged_into_id = hit.head)'
        ' AND own.channel = ' || quote_literal(filters->>'channel') || ' LIMIT 1)',
    ' AND (SELECT true FROM customers_customer AS one JOIN chatrooms_chatroom AS room ON room.customer_id = one.id'
        ' WHERE (one.id = hit.head OR one.merged_into_id = hit.head)'
        ' AND room.connection_id = ' || (filters->>'connection')::bigint
        || coalesce(' AND ' || search_reach(filters->'reach'), '') || ' LIMIT 1)'
)
$$
"""

NAMES = "name || ' ' || given_name || ' ' || profile_name || ' ' || label"
IDENTITY = "key || ' ' || value"

# Whose person somebody is, looked up for each hit: a join would read everybody there is.
_HEAD = "(SELECT coalesce(one.merged_into_id, one.id) FROM customers_customer AS one WHERE one.id = customer_id)"

# What is known of customers: the workspace's own fields as long as they are shown, and what all have. "Yes" is no answer.
_SHOWN = f"""(
                known.key IN ({", ".join(f"'{key}'" for key in OWN)}) OR EXISTS (
                    SELECT FROM customers_customerfield AS field
                    WHERE field.workspace_id = %1$s::bigint AND field.key = known.key
                        AND NOT field.is_hidden AND field.type <> '{FieldType.BOOLEAN.value}'
                )
            )"""
_KNOWN_VALUES = f"""
            UNION ALL
            SELECT customer_id, {_HEAD}, 1.5::real, known.id FROM customers_customervalue AS known
            WHERE known.workspace_id = %1$s::bigint %2$s AND search_holds(known.value, %3$s) AND {_SHOWN}
"""

# Who may hold every word, one here and one there: those who hold each word that an index can find and that is not in
# too many people, until they are few. NULL where there is no such word.
_SPREAD = f"""
CREATE FUNCTION search_spread(workspace bigint, words text[]) RETURNS bigint[] LANGUAGE plpgsql STABLE AS $$
DECLARE
    word text;
    holders bigint[];
    heads bigint[];
BEGIN
    FOREACH word IN ARRAY words LOOP
        CONTINUE WHEN search_conditions('', ARRAY[word]) IS NULL;
        EXECUTE format($q$
            SELECT array_agg(head) FROM (
                SELECT coalesce(merged_into_id, id) AS head FROM customers_customer
                WHERE workspace_id = %1$s::bigint %2$s AND search_holds({NAMES}, $1)
                UNION ALL
                SELECT {_HEAD} FROM customers_customeridentity
                WHERE workspace_id = %1$s::bigint AND kind IN ('phone', 'username') %3$s AND search_holds({IDENTITY}, $1)
                UNION ALL
                SELECT {_HEAD} FROM customers_customervalue AS known
                WHERE known.workspace_id = %1$s::bigint %4$s AND search_holds(known.value, $1) AND {_SHOWN}
                LIMIT {MOST_HOLDERS + 1}
            ) AS holder
        $q$, workspace, search_conditions($q$search_key({NAMES})$q$, ARRAY[word]),
            search_conditions($q$search_key({IDENTITY})$q$, ARRAY[word]),
            search_conditions('search_key(known.value)', ARRAY[word]))
        INTO holders USING ARRAY[word];
        CONTINUE WHEN cardinality(holders) > {MOST_HOLDERS};
        heads := ARRAY(SELECT unnest(holders) INTERSECT SELECT unnest(coalesce(heads, holders)));
        EXIT WHEN cardinality(heads) <= {FEW_HOLDERS};
    END LOOP;
    RETURN heads;
END $$
"""

# Of these people those who hold every word somewhere, with what is known of them where a word stands in no name of theirs.
_ANYWHERE = f"""
            UNION ALL
            SELECT coalesce((
                SELECT max(one.id) FROM customers_customer AS one, unnest($1) AS word
                WHERE one.id = ANY (person.ids) AND search_holds({NAMES}, ARRAY[word])
            ), person.head), person.head, 1.125::real, (
                SELECT min(known.id) FROM customers_customervalue AS known, unnest($1) AS word
                WHERE known.customer_id = ANY (person.ids) AND search_holds(known.value, ARRAY[word]) AND {_SHOWN}
                    AND NOT search_holds(person.names, ARRAY[word])
            ) FROM (
                SELECT head, array_agg(one.id) AS ids, string_agg({NAMES}, ' ') AS names
                FROM unnest(%2$L::bigint[]) AS head
                JOIN customers_customer AS one ON one.id = head OR one.merged_into_id = head GROUP BY head
            ) AS person
            WHERE search_holds(concat_ws(' ', person.names, (
                SELECT string_agg({IDENTITY}, ' ') FROM customers_customeridentity
                WHERE customer_id = ANY (person.ids) AND kind IN ('phone', 'username')
            ), (
                SELECT string_agg(known.value, ' ') FROM customers_customervalue AS known
                WHERE known.customer_id = ANY (person.ids) AND {_SHOWN}
            )), $1)
"""

# Names that hold every word, numbers and user names that hold the fragment, a vendor's id as a whole, then what is known
# of somebody; and only where these do not fill the page, who holds one word here and another there, and names that are
# nearly so. A person is found once, however many customers were merged into one.
_CUSTOMERS = f"""
CREATE FUNCTION search_customers(
    workspace bigint, words text[], filters jsonb, digits text, before_likeness real, before_head bigint, wanted integer
) RETURNS TABLE (id bigint, likeness real, head bigint, value_id bigint) {AS_SEARCH}
SET pg_trgm.word_similarity_threshold = 0.45 AS $$
DECLARE
    folded text[] := ARRAY(SELECT search_text(word) FROM unnest(words) AS word);
    fragments text[] := CASE WHEN digits = '' THEN folded ELSE ARRAY[digits] END;
    phrase text := search_key(array_to_string(words, ' '));
    indexed text := search_conditions('search_key(known.value)', folded);
    seen text;
    more text := '';
    alike text := '';
    heads bigint[];
    found integer;
BEGIN
    PERFORM search_permit(workspace);
    seen := search_known(workspace, filters, 'hit.head');
    IF indexed IS NOT NULL THEN
        more := format($q${_KNOWN_VALUES}$q$, workspace, indexed, '$1');
    END IF;
    IF digits <> '' THEN
        indexed := search_conditions('search_key(known.value)', fragments);
        more := more || format($q${_KNOWN_VALUES}$q$, workspace, indexed, '$2');
    END IF;
    IF length(phrase) > 3 AND phrase ~ '[a-z]' THEN
        alike := format($q$
            UNION ALL
            SELECT id, coalesce(merged_into_id, id), word_similarity(%1$L, search_key({NAMES})), NULL
            FROM customers_customer WHERE workspace_id = %2$s::bigint AND %1$L <%% search_key({NAMES})
        $q$, phrase, workspace);
    END IF;
    LOOP
        RETURN QUERY EXECUTE format($q$
            WITH found AS MATERIALIZED (
                SELECT id, coalesce(merged_into_id, id) AS head, 2::real AS likeness, NULL::bigint AS value_id
                FROM customers_customer WHERE workspace_id = %1$s::bigint %2$s AND search_holds({NAMES}, $1)
                UNION ALL
                SELECT customer_id, {_HEAD}, 2::real, NULL FROM customers_customeridentity
                WHERE workspace_id = %1$s::bigint AND kind IN ('phone', 'username') %3$s AND search_holds({IDENTITY}, $2)
                UNION ALL
                SELECT customer_id, {_HEAD}, 2::real, NULL FROM customers_customeridentity
                WHERE workspace_id = %1$s::bigint AND key = array_to_string($3, ' ')
                %4$s
            ), people AS MATERIALIZED (
                SELECT DISTINCT ON (found.head) * FROM found
                ORDER BY found.head, found.likeness DESC, found.id DESC
            )
            SELECT hit.id, hit.likeness, hit.head, hit.value_id FROM (
                SELECT * FROM people WHERE $4 IS NULL OR (people.likeness, people.head) < ($4, $5)
                ORDER BY people.likeness DESC, people.head DESC OFFSET 0
            ) AS hit WHERE true %5$s LIMIT %6$s
        $q$, workspace, coalesce(search_conditions($q$search_key({NAMES})$q$, folded), ''),
            coalesce(search_conditions($q$search_key({IDENTITY})$q$, fragments), ''), more,
            concat(seen, search_among(filters)), wanted)
        USING folded, fragments, words, before_likeness, before_head;
        GET DIAGNOSTICS found = ROW_COUNT;
        EXIT WHEN alike IS NULL OR found = wanted;
        IF digits = '' AND cardinality(folded) > 1 THEN
            heads := search_spread(workspace, folded);
            IF heads <> '{{}}' THEN
                alike := alike || format($q${_ANYWHERE}$q$, workspace, heads);
            END IF;
        END IF;
        EXIT WHEN alike = '';
        more := more || alike;
        alike := NULL;
        wanted := wanted - found;
        IF before_likeness IS NULL OR before_likeness > 1.25 THEN
            before_likeness := 1.25;
            before_head := 0;
        END IF;
    END LOOP;
END $$
"""

HELPERS = {
    "search_among(jsonb)": _AMONG,
    "search_spread(bigint, text[])": _SPREAD,
}
FUNCTIONS = {"search_customers(bigint, text[], jsonb, text, real, bigint, integer)": _CUSTOMERS}
