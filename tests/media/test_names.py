"""File names, whatever the sender made of them."""

from __future__ import annotations

import pytest

from inbox.media.names import LONGEST, clean_name, is_misnamed


@pytest.mark.parametrize(
    ("name", "mime_type", "clean"),
    [
        ("photo.jpg", "image/jpeg", "photo.jpg"),
        ("photo.JPEG", "image/jpeg", "photo.jpeg"),
        ("photo.png", "image/jpeg", "photo.jpg"),
        ("photo", "image/jpeg", "photo.jpg"),
        ("holiday 12.05", "image/jpeg", "holiday 12.05.jpg"),
        ("../../etc/passwd", "text/plain", "passwd.txt"),
        ("C:\\Users\\amy\\price list.pdf", "application/pdf", "price list.pdf"),
        ("invoice.pdf.exe", "application/pdf", "invoice.pdf.pdf"),
        ("fake.pdf", "application/vnd.microsoft.portable-executable", "fake.exe"),
        ("photo\u202egpj.exe", "application/vnd.microsoft.portable-executable", "photogpj.exe"),
        ("\u2066تقرير\u2069.pdf", "application/pdf", "تقرير.pdf"),
        ("報價單 😀.pdf", "application/pdf", "報價單 😀.pdf"),
        ("a\x00b\nc\td.pdf", "application/pdf", "ab c d.pdf"),
        ('what? "this": <that>|*.pdf', "application/pdf", "what_ _this__ _that___.pdf"),
        ("", "application/pdf", "file.pdf"),
        (".pdf", "application/pdf", "pdf.pdf"),
        ("   ...   ", "application/octet-stream", "file"),
        ("notes.md", "text/plain", "notes.md"),
        ("notes.jpg", "text/plain", "notes.txt"),
        ("data.unknownending", "application/octet-stream", "data.unknownending"),
    ],
)
def test_names_are_made_safe_and_end_as_the_type_says(name: str, mime_type: str, clean: str) -> None:
    assert clean_name(name, mime_type) == clean


@pytest.mark.parametrize(
    ("name", "mime_type", "misnamed"),
    [
        ("photo.png", "image/jpeg", True),
        ("price.pdf", "application/vnd.microsoft.portable-executable", True),
        ("photo.jpeg", "image/jpeg", False),
        ("photo", "image/jpeg", False),
        ("holiday 12.05", "image/jpeg", False),
        ("data.bin", "application/octet-stream", False),
    ],
)
def test_a_name_is_wrong_if_it_says_another_type(name: str, mime_type: str, misnamed: bool) -> None:
    assert is_misnamed(name, mime_type) == misnamed


@pytest.mark.parametrize("name", ["n" * 200 + ".pdf", "長" * 300 + ".pdf", "e." + "x" * 200])
def test_long_names_are_cut_before_their_ending(name: str) -> None:
    clean = clean_name(name, "application/pdf")
    assert len(clean) == LONGEST or name.startswith("e.")
    assert len(clean) <= LONGEST
    assert clean.endswith(".pdf")
