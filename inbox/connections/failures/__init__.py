"""Why a message or a file failed, in the viewer's language: the cause, whose matter it is, and what to do next.

The code is a vendor's or our own; it is kept with the message. The words are looked up when somebody reads them.
"""

from ._explain import address_to_check, explain, explain_fetch, failure_of
from ._kinds import Action, Explanation, Failure, Matter

__all__ = [
    "Action",
    "Explanation",
    "Failure",
    "Matter",
    "address_to_check",
    "explain",
    "explain_fetch",
    "failure_of",
]
