"""Searching a workspace's whole history: customers, messages, notes and the names of files, in any language.

PostgreSQL alone does it, see `database` and docs/search.md. The page is a panel of the inbox by address.
"""
