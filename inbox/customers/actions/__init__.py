"""What can be done to customers. Views, tasks and the slices above call these; nobody else writes a customer.

Everything that creates, joins or renames customers queues behind one lock of the workspace. Take it before the locks
of chatrooms, as receiving does.
"""

from ._contact import (
    RulesRefused,
    Said,
    Wished,
    block_customer,
    note_wishes,
    opt_out_customer,
    set_contact_rules,
)
from ._identities import ChangedIdentity, change_identities
from ._merge import MergeRefused, merge_customers, unmerge_customer
from ._names import NameRefused, rename_customer
from ._profiles import fetch_profile
from ._resolve import resolve_people
from ._values import FieldDraft, FieldRefused, ValueChanged, define_field, set_value

__all__ = [
    "ChangedIdentity",
    "FieldDraft",
    "FieldRefused",
    "MergeRefused",
    "NameRefused",
    "RulesRefused",
    "Said",
    "ValueChanged",
    "Wished",
    "block_customer",
    "change_identities",
    "define_field",
    "fetch_profile",
    "merge_customers",
    "note_wishes",
    "opt_out_customer",
    "rename_customer",
    "resolve_people",
    "set_contact_rules",
    "set_value",
    "unmerge_customer",
]
