"""Repeatable measurements of the product's hot paths, each a ratio against a limit of the same machine in the same run.

`make bench` runs them all; `python -m benchmarks <name> …` runs some, with `--quick` only to see that they work. They
bring their own database, Redis database and processes, listen on loopback only, and end by count or by clock.
"""
