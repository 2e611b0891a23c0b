"""What every channel adapter must do, whatever its vendor. Inherit AdapterContract and fill in the hooks of `Subject`.

    class TestWhatsAppContract(AdapterContract):
        adapter = WhatsAppAdapter()
        ...

The property tests feed it arbitrary bytes, arbitrary JSON and damaged copies of the channel's own payload folder.
"""

from __future__ import annotations

from .account import AccountContract
from .answers import AnswersContract
from .checks import assert_secretless, assert_storable, junk, outcome_of, quick, texts
from .files import FilesContract
from .receiving import ReceivingContract
from .sending import SendingContract
from .subject import FOREIGN_SECRET, OLD_SECRET, SECRET, VERIFY_TOKEN, json_of

__all__ = [
    "FOREIGN_SECRET",
    "OLD_SECRET",
    "SECRET",
    "VERIFY_TOKEN",
    "AdapterContract",
    "assert_secretless",
    "assert_storable",
    "json_of",
    "junk",
    "outcome_of",
    "quick",
    "texts",
]


class AdapterContract(ReceivingContract, SendingContract, FilesContract, AnswersContract, AccountContract):
    """All parts of the contract."""
