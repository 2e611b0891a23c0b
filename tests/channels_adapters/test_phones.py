"""Two spellings of one number have one canonical form, and two numbers never share one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels_adapters.phones import canonical_phone

from .contract import quick, texts

numbers = st.text("0123456789", max_size=15)
numbers_of_the_three = st.tuples(st.sampled_from(["55", "54", "549", "52", "521"]), numbers).map("".join)


@pytest.mark.parametrize(
    ("one", "other", "canonical"),
    [
        # São Paulo and Belo Horizonte: the ninth digit
        ("551198765432", "5511998765432", "5511998765432"),
        ("551187654321", "5511987654321", "5511987654321"),
        ("553161234567", "5531961234567", "5531961234567"),
        # Buenos Aires (area 11), Córdoba (351) and Ushuaia (2901): the mark of a mobile
        ("541123456789", "5491123456789", "5491123456789"),
        ("543515551234", "5493515551234", "5493515551234"),
        ("542901555123", "5492901555123", "5492901555123"),
        # Mexico City (55) and Monterrey (81): the 1 that is gone
        ("525512345678", "5215512345678", "525512345678"),
        ("528112345678", "5218112345678", "528112345678"),
    ],
)
def test_both_spellings_of_a_number_become_one(one: str, other: str, canonical: str) -> None:
    assert canonical_phone(one) == canonical_phone(other) == canonical


@pytest.mark.parametrize(
    "number",
    [
        "551123456789",  # a landline in São Paulo has eight digits
        "551153456789",
        "5511923456789",  # a mobile whose digits without the 9 are those of a landline
        "55112345678",  # too short
        "55110987654321",  # too long
        "550187654321",  # no such area
        "5411234567890",  # Argentina: eleven digits
        "52551234567",
        "521551234567",
        "447700900123",
        "5491",
        "12025550123",
        "8613800138000",
        "55",
        "",
    ],
)
def test_a_number_with_one_spelling_is_unchanged(number: str) -> None:
    assert canonical_phone(number) == number


@quick
@given(text=texts | numbers | numbers_of_the_three)
def test_the_canonical_form_is_its_own_and_nothing_raises(text: str) -> None:
    canonical = canonical_phone(text)
    assert canonical_phone(canonical) == canonical
    assert abs(len(canonical) - len(text)) <= 1
    assert canonical[:2] == text[:2]


@quick
@given(area=st.from_regex(r"[1-9]{2}", fullmatch=True), number=st.from_regex(r"[0-9]{8}", fullmatch=True))
def test_a_landline_in_brazil_never_becomes_a_mobile(area: str, number: str) -> None:
    landline, mobile = f"55{area}{number}", f"55{area}9{number}"
    assert (canonical_phone(landline) == canonical_phone(mobile)) is (number[0] in "6789")
