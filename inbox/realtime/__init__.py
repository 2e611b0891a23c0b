"""Websocket plumbing: groups, publishing, the consumer base. Knows no noun of the product. See docs/realtime.md."""
