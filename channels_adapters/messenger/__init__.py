"""Messenger: the threads of a Facebook page.

`adapter` says what differs from `meta.messaging`, which reads and writes for both of Meta's messaging channels.
"""
