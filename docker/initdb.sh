#!/bin/sh
# Runs once, in an empty PostgreSQL: the product's role must be neither superuser nor BYPASSRLS, or row-level security
# would not bind it. The superuser creates the extensions, in the template as well.
set -eu

psql -v ON_ERROR_STOP=1 -v password="$DATABASE_PASSWORD" --username "$POSTGRES_USER" --dbname postgres <<'SQL'
CREATE ROLE switchboard LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE PASSWORD :'password';
-- The owner of the search functions, see docs/search.md.
CREATE ROLE switchboard_search NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE;
GRANT switchboard_search TO switchboard WITH INHERIT FALSE, SET TRUE;
SQL
extensions='CREATE EXTENSION btree_gin; CREATE EXTENSION btree_gist; CREATE EXTENSION citext; CREATE EXTENSION pg_trgm; CREATE EXTENSION unaccent;'
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname template1 --command "$extensions"
createdb --username "$POSTGRES_USER" --owner switchboard switchboard
