"""The documentation says what the product does."""

from __future__ import annotations

from django.conf import settings

from inbox.devstack.media_rules import page


def test_the_page_about_files_is_made_of_todays_rules() -> None:
    written = (settings.BASE_DIR / "docs" / "media-rules.md").read_text()
    assert written == page(), "run manage.py write_media_rules"
