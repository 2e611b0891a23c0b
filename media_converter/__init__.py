"""Opens files that strangers sent, in a process of its own with limits, and says what they are or turns them into others.

Knows neither Django nor the product: a process that has to be safe to lose starts fast and holds no secret. `python -m
media_converter <job>` writes JSON lines, see `protocol`.
"""
