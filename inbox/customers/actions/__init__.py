"""What can be done to customers. Views, tasks and the slices above call these; nobody else writes a customer.

Everything that creates, joins or renames customers queues behind one lock of the workspace. Take it before the locks
of chatrooms, as receiving does.
"""

from ._identities import ChangedIdentity, change_identities
from ._merge import MergeRefused, merge_customers, unmerge_customer
from ._names import NameRefused, rename_customer
from ._profiles import fetch_profile
from ._resolve import resolve_people

__all__ = [
    "ChangedIdentity",
    "MergeRefused",
    "NameRefused",
    "change_identities",
    "fetch_profile",
    "merge_customers",
    "rename_customer",
    "resolve_people",
    "unmerge_customer",
]
