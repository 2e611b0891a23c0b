"""WhatsApp Cloud API: webhooks read, messages of every kind described.

`adapter` is the door; the other modules are its parts. See docs/adapters.md for the vendor's quirks.
"""
