"""One spelling for phone numbers that vendors spell in two ways, so that both find the same customer.

Three national plans changed while WhatsApp was in use, and its ids still come in the old form and the new one:

- Brazil (ITU +55, Anatel's resolution 553): all mobile numbers have got a 9 in front of their eight digits. Old mobile
  numbers began with 6 to 9; a landline begins with 2 to 5 and keeps its eight digits.
- Argentina (ITU +54): a 9 between the country code and the area code marks a mobile called from abroad. It is no part
  of the number, and often left out.
- Mexico (ITU +52, plan of 3 August 2019): the 1 after the country code, which marked a mobile, was dropped.
"""

from __future__ import annotations

import re

# Area codes: two digits without a 0. Numbers in Argentina have ten digits with their area code; none begins with 9.
_BRAZIL_OLD_MOBILE = re.compile(r"55([1-9]{2})([6-9][0-9]{7})")
_ARGENTINA_WITHOUT_MARK = re.compile(r"54([1-8][0-9]{9})")
_MEXICO_WITH_MARK = re.compile(r"521([2-9][0-9]{9})")


def canonical_phone(digits: str) -> str:
    """Return the one form of a number given as international digits; whatever has no second form is unchanged."""
    if match := _BRAZIL_OLD_MOBILE.fullmatch(digits):
        return f"55{match[1]}9{match[2]}"
    if match := _ARGENTINA_WITHOUT_MARK.fullmatch(digits):
        return f"549{match[1]}"
    if match := _MEXICO_WITH_MARK.fullmatch(digits):
        return f"52{match[1]}"
    return digits
