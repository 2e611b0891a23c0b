"""The command line: `python -m benchmarks [name …] [--quick]`, inside `python -m inbox.devstack exec --durable --`."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

from . import machine
from .report import Verdict
from .stage import Stage, UnableToMeasure, stage

# The one that writes most comes last: what the server then flushes to disk would slow down the others.
NAMES = ("delivery", "fanout", "office", "processing", "pages", "search", "scheduling", "accept")


def main(arguments: list[str]) -> int:
    """Run what was asked for; return 1 if a target was missed. A quick run judges nothing."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"which to run: {', '.join(NAMES)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="a second or two each, to see that they work")
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(NAMES):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    try:
        with stage(quick=options.quick) as ready:
            verdicts = _measure(ready, [name for name in NAMES if name in (options.names or NAMES)])
    except UnableToMeasure as problem:
        print(problem, *getattr(problem, "__notes__", []), sep="\n", file=sys.stderr)
        return 2
    return 0 if options.quick or all(verdict.passed for verdict in verdicts) else 1


def _measure(ready: Stage, names: list[str]) -> list[Verdict]:
    # Django reads the environment when it is set up, and the stage has just made it.
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    for fact in machine.facts(ready.database_url, ready.redis_url):
        print(fact)
    if not machine.is_durable(ready.database_url):
        print("The database is not durable (fsync or synchronous_commit is off): what is below is worth nothing.")
    verdicts: list[Verdict] = []
    for name in names:
        benchmark = import_module(f"{__package__}.{name}")
        print(f"\n{name} — {(benchmark.__doc__ or '').split('.')[0]}.  [{machine.load()}]", flush=True)
        outcome: list[Verdict] = benchmark.run(ready)
        verdicts += outcome
        print(*outcome, sep="\n", flush=True)
    missed = [verdict for verdict in verdicts if not verdict.passed]
    print(f"\n{len(verdicts) - len(missed)} of {len(verdicts)} targets met  [{machine.load()}]", *missed, sep="\n")
    if ready.quick:
        print("A quick run shows that the benchmarks work; its figures mean nothing.")
    return verdicts


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
