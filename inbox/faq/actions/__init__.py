"""Everything that may be done with entries and categories. Views and the admin call these and nothing else."""

from ._categories import (
    CATEGORY_LENGTH,
    create_category,
    delete_category,
    move_category,
    rename_category,
)
from ._entries import (
    BODY_LENGTH,
    MOST_ENTRIES,
    MOST_FILES,
    TITLE_LENGTH,
    EntryChanged,
    EntryDraft,
    create_entry,
    delete_entry,
    edit_entry,
    note_use,
)
from ._refusals import FaqRefused

__all__ = [
    "BODY_LENGTH",
    "CATEGORY_LENGTH",
    "MOST_ENTRIES",
    "MOST_FILES",
    "TITLE_LENGTH",
    "EntryChanged",
    "EntryDraft",
    "FaqRefused",
    "create_category",
    "create_entry",
    "delete_category",
    "delete_entry",
    "edit_entry",
    "move_category",
    "note_use",
    "rename_category",
]
