"""Messages that are to be sent later: written now, judged anew and queued when they are due. See docs/scheduling.md."""
