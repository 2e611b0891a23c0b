"""What a process that opens strangers' files may use; the system ends it when it wants more."""

from __future__ import annotations

import os
import resource

from .protocol import Job

_POLITENESS = 10


def obey(job: Job) -> None:
    """Limit this process. A stream that is decoded badly costs one file, never the machine."""
    _limit(resource.RLIMIT_AS, job.memory_bytes)
    _limit(resource.RLIMIT_CPU, job.cpu_seconds)
    _limit(resource.RLIMIT_FSIZE, job.file_bytes)
    _limit(resource.RLIMIT_CORE, 0)
    os.nice(_POLITENESS)


def _limit(what: int, most: int) -> None:
    _soft, hard = resource.getrlimit(what)
    # The processor's soft limit is a signal that ends us; the hard one a second later cannot be caught.
    ceiling = most + 1 if what == resource.RLIMIT_CPU else most
    ceiling = ceiling if hard == resource.RLIM_INFINITY else min(ceiling, hard)
    resource.setrlimit(what, (min(most, ceiling), ceiling))
