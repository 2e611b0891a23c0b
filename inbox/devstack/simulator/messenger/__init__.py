"""Messenger: what pages have beyond what `messaging` shares. Receipts are watermarks."""
