"""Telling members what concerns them: on the page, on their screen and devices, by e-mail. See docs/notifications.md."""
