"""What the figures were measured on: they mean nothing without it."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

import psutil
import psycopg
import redis

_LIBRARIES = ("django", "daphne", "celery", "psycopg")


def facts(database_url: str, redis_url: str) -> list[str]:
    """Describe hardware, servers and libraries, a line each; no names and no paths."""
    gigabytes = psutil.virtual_memory().total / 2**30
    with psycopg.connect(database_url) as connection:
        server = connection.info.parameter_status("server_version")
        settings = {name: _setting(connection, name) for name in ("fsync", "synchronous_commit", "shared_buffers")}
    with redis.Redis.from_url(redis_url) as client:
        info = client.info("server")
    return [
        f"{psutil.cpu_count()} cores ({_processor()}), {gigabytes:.0f} GB, {platform.system()} {platform.release()}",
        f"Python {platform.python_version()}, " + ", ".join(f"{name} {version(name)}" for name in _LIBRARIES),
        f"PostgreSQL {server}: " + ", ".join(f"{name} {value}" for name, value in settings.items()),
        f"{info.get('server_name', 'redis')} {info.get('valkey_version', info['redis_version'])}",
    ]


def load() -> str:
    """Say how busy the machine is; other work on it makes every absolute figure poorer."""
    return f"load average {os.getloadavg()[0]:.1f} on {psutil.cpu_count()} cores"


def is_durable(database_url: str) -> bool:
    with psycopg.connect(database_url) as connection:
        return _setting(connection, "fsync") == "on" and _setting(connection, "synchronous_commit") == "on"


def _setting(connection: psycopg.Connection, name: str) -> str:
    row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
    return str(row[0]) if row else ""


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else ():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
