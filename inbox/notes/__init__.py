"""Notes of a team about its customers, with mentions of colleagues; never sent to anybody. See docs/labels-and-notes.md."""
