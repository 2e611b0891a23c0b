"""The embedded servers: what they provide, who shares them, and what they survive. Needs no Django."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psutil
import psycopg
import pytest
from redis import Redis

from inbox.devstack import servers
from inbox.devstack.processes import UnableToStart, processes_in

# The suite itself may run against servers named in the environment; these tests want their own.
embedded_servers = partial(servers.embedded_servers, environ={})
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    # Short, because a Unix socket's path must be.
    path = Path(tempfile.mkdtemp(prefix="devstack-", dir="/tmp"))
    yield path
    stop_all(path)
    shutil.rmtree(path)


def stop_all(folder: Path) -> None:
    for process in postgres_in(folder) + valkey_in(folder):
        process.kill()


def postgres_in(folder: Path) -> list[psutil.Process]:
    return processes_in(folder / "postgres", "postgres")


def valkey_in(folder: Path) -> list[psutil.Process]:
    return processes_in(folder / "valkey", "valkey-server")


def query(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def start_and_be_killed(folder: Path) -> None:
    """Start the servers from a process that gets no chance to stop them."""
    program = f"""if True:
        import os, signal
        from pathlib import Path
        from inbox.devstack.servers import embedded_servers
        with embedded_servers(Path({str(folder)!r}), environ={{}}):
            os.kill(os.getpid(), signal.SIGKILL)
    """
    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False)
    assert result.returncode == -signal.SIGKILL


def test_role_can_not_see_past_row_level_security(folder: Path) -> None:
    with embedded_servers(folder) as running:
        rows = query(
            running.database_url,
            "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcanlogin FROM pg_roles WHERE rolname = current_user",
        )
        owner = query(
            running.database_url,
            "SELECT datdba = current_user::regrole FROM pg_database WHERE datname = current_database()",
        )
    assert rows == [(False, False, True, True)]
    assert owner == [(True,)]


def test_databases_made_by_the_role_have_the_extensions(folder: Path) -> None:
    with embedded_servers(folder) as running:
        with psycopg.connect(running.database_url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE test_extensions")
        installed = query(
            running.database_url.replace("/switchboard?", "/test_extensions?"), "SELECT extname FROM pg_extension"
        )
        with psycopg.connect(running.database_url, autocommit=True) as connection:
            connection.execute("DROP DATABASE test_extensions")
    assert {name for (name,) in installed} >= {"btree_gist", "citext", "pg_trgm", "unaccent"}


def test_data_and_addresses_outlive_a_restart(folder: Path) -> None:
    with embedded_servers(folder) as first:
        query(first.database_url, "CREATE TABLE kept (word text)")
        query(first.database_url, "INSERT INTO kept VALUES ('hello')")
        Redis.from_url(first.redis_url).set("kept", "hello")
    assert not postgres_in(folder)
    assert not valkey_in(folder)
    with embedded_servers(folder) as second:
        assert second == first
        assert query(second.database_url, "SELECT word FROM kept") == [("hello",)]
        assert Redis.from_url(second.redis_url).get("kept") == b"hello"


def test_strangers_need_the_password_and_may_not_read_it(folder: Path) -> None:
    with embedded_servers(folder) as running:
        port = Redis.from_url(running.redis_url).connection_pool.connection_kwargs["port"]
        with socket.create_connection(("127.0.0.1", port), timeout=5) as stranger:
            stranger.sendall(b"PING\r\n")
            assert stranger.recv(100).startswith(b"-NOAUTH")
    assert (folder / "valkey" / "valkey.conf").stat().st_mode & 0o077 == 0
    assert (folder / "postgres").stat().st_mode & 0o077 == 0


def test_the_last_to_leave_stops_them(folder: Path) -> None:
    with embedded_servers(folder) as outer:
        with embedded_servers(folder) as inner:
            assert inner == outer
        assert servers.is_in_use(folder)
        assert query(outer.database_url, "SELECT 1") == [(1,)]
        assert Redis.from_url(outer.redis_url).ping()
    assert not servers.is_in_use(folder)
    assert not postgres_in(folder)


def test_data_is_deleted_only_while_nobody_uses_it(folder: Path) -> None:
    place = folder / "doomed" / "scratch"
    with embedded_servers(place, durable=False), pytest.raises(UnableToStart, match="in use"):
        servers.discard(place.parent)
    servers.discard(place.parent)
    assert not place.parent.exists()


def test_servers_left_by_a_killed_process_are_used_as_they_are(folder: Path) -> None:
    start_and_be_killed(folder)
    before = {process.pid for process in valkey_in(folder)}, {process.pid for process in postgres_in(folder)}
    assert all(before)
    with embedded_servers(folder) as running:
        assert {process.pid for process in valkey_in(folder)} == before[0]
        assert before[1] & {process.pid for process in postgres_in(folder)}
        assert query(running.database_url, "SELECT 1") == [(1,)]
    assert not valkey_in(folder)
    assert not postgres_in(folder)


def test_killed_servers_recover_what_was_committed(folder: Path) -> None:
    with embedded_servers(folder, durable=True) as running:
        query(running.database_url, "CREATE TABLE committed AS SELECT 42 AS answer")
        redis = Redis.from_url(running.redis_url)
        redis.set("written", "42")
        redis.execute_command("WAITAOF", 1, 0, 2000)
        postmaster = int((folder / "postgres" / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGKILL)
        for process in valkey_in(folder):
            process.kill()
        with embedded_servers(folder, durable=True) as recovered:
            assert query(recovered.database_url, "SELECT answer FROM committed") == [(42,)]
            assert Redis.from_url(recovered.redis_url).get("written") == b"42"


def test_a_pid_file_that_names_a_stranger_does_not_matter(folder: Path) -> None:
    with embedded_servers(folder):
        record = (folder / "postgres" / "postmaster.pid").read_text()
    stranger = "\n".join([str(os.getpid()), *record.splitlines()[1:]])
    (folder / "postgres" / "postmaster.pid").write_text(stranger)
    with embedded_servers(folder) as running:
        assert query(running.database_url, "SELECT 1") == [(1,)]


def test_given_servers_are_used_and_nothing_is_started(tmp_path: Path) -> None:
    given = {"DATABASE_URL": "postgresql://elsewhere/db", "REDIS_URL": "redis://elsewhere/0"}
    with embedded_servers(tmp_path, environ=given) as running:
        assert running.environ == given
        assert not (tmp_path / "postgres").exists()
        assert not (tmp_path / "valkey").exists()


def test_only_the_missing_server_is_started(tmp_path: Path) -> None:
    with embedded_servers(tmp_path, environ={"DATABASE_URL": "postgresql://elsewhere/db"}) as running:
        assert running.database_url == "postgresql://elsewhere/db"
        assert Redis.from_url(running.redis_url).ping()
        assert not (tmp_path / "postgres").exists()


def test_a_long_and_odd_folder_name_is_no_obstacle(folder: Path) -> None:
    odd = folder / ("it's a “long” name %41 " + "x" * 80)
    with embedded_servers(odd, durable=False) as running:
        assert query(running.database_url, "SELECT current_user::text") == [("switchboard",)]
        assert query(running.database_url, "SHOW fsync") == [("off",)]
        assert Redis.from_url(running.redis_url).ping()
