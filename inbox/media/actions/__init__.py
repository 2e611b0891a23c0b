"""Everything that may be done with files. Views, tasks and the slices above call these and nothing else."""

from inbox.media.conversion import ConversionFailed

from ._prepare import (
    BeingPrepared,
    Preparation,
    derived,
    make_previews,
    preparation_of,
    prepare,
    prepare_file,
    request_preparation,
    sweep_previews,
)
from ._purge import discard_file, discard_unless, hold_files, purge_expired, purge_files
from ._store import ExaminedUpload, FileRefused, examined, store_file

__all__ = [
    "BeingPrepared",
    "ConversionFailed",
    "ExaminedUpload",
    "FileRefused",
    "Preparation",
    "derived",
    "discard_file",
    "discard_unless",
    "examined",
    "hold_files",
    "make_previews",
    "preparation_of",
    "prepare",
    "prepare_file",
    "purge_expired",
    "purge_files",
    "request_preparation",
    "store_file",
    "sweep_previews",
]
