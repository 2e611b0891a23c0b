"""Instagram: the direct messages of a professional account, linked to a Facebook page or logged in by itself.

`adapter` says what differs from `meta.messaging`, which reads and writes for both of Meta's messaging channels.
"""
