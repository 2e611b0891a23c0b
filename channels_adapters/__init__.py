"""Channel adapters: bytes in, typed events out; messages in, HTTP requests out.

A pure library. It imports neither Django nor the product and opens no connection: `transport` alone
executes the requests an adapter describes. See docs/adapters.md.
"""
