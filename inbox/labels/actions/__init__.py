"""What can be done to labels. Views, tasks, the admin and the slices above call these; nobody else writes a label."""

from ._customers import LabelChanges, set_customer_labels
from ._labels import (
    NAME_LENGTH,
    LabelRefused,
    change_label,
    create_label,
    delete_label,
    ensure_label,
    purge_deleted_labels,
)

__all__ = [
    "NAME_LENGTH",
    "LabelChanges",
    "LabelRefused",
    "change_label",
    "create_label",
    "delete_label",
    "ensure_label",
    "purge_deleted_labels",
    "set_customer_labels",
]
