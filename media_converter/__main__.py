"""One job as JSON in the argument, lines of JSON to standard output, see `protocol`."""

from __future__ import annotations

import json
import sys
from typing import Any

from .limits import obey
from .protocol import DAMAGED, MAKE, OUT_OF_MEMORY, PROBE, Job, Unfit


def main() -> None:
    job = Job(**json.loads(sys.argv[1]))
    obey(job)
    try:
        say(work(job))
    except Unfit as unfit:
        say({"problem": unfit.problem})
    except MemoryError:
        say({"problem": OUT_OF_MEMORY})


def work(job: Job) -> dict[str, Any]:
    # Only now: what opens files is loaded under the limits, and not where the protocol alone is wanted.
    from . import looking, making

    try:
        if job.do == PROBE:
            return {"probe": looking.look(job).as_json()}
        if job.do == MAKE:
            return {"probe": making.make(job, lambda percent: say({"percent": percent})).as_json()}
        return {"waveform": making.waveform(job)}
    except looking.DECODER_ERRORS as error:
        raise Unfit(OUT_OF_MEMORY if looking.is_lack_of_memory(error) else DAMAGED) from error


def say(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
