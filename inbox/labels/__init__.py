"""Coloured labels on customers: named by a workspace, put on and taken off by any agent. See docs/labels-and-notes.md."""
