"""A server never starts on defaults that are only safe on a developer's machine."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMPLETE = {
    "BACKDEP_SECRET_KEY": "k" * 50,
    "BACKDEP_ALLOWED_HOSTS": "backdep.example.org",
    "DATABASE_URL": "postgresql://backdep:secret@db.example.org:5432/backdep",
}


def load(**environment: str) -> subprocess.CompletedProcess[str]:
    """Read the settings in a process of their own, in this environment only."""
    code = (
        "from backdep_site import settings as s; "
        "print(s.DEBUG, s.HTTPS, s.SECURE_SSL_REDIRECT, s.SESSION_COOKIE_SECURE, s.DATABASES['default']['ENGINE'])"
    )
    return subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": os.environ["PATH"], **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_complete_environment_starts_strict():
    done = load(**COMPLETE)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["False", "True", "True", "True", "django.db.backends.postgresql"]


@pytest.mark.parametrize("name", sorted(COMPLETE))
def test_what_is_missing_stops_the_start_with_advice(name):
    done = load(**{key: value for key, value in COMPLETE.items() if key != name})
    assert done.returncode != 0
    assert f"{name} is not set. " in done.stderr


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("BACKDEP_SECRET_KEY", "short", "too short"),
        ("DATABASE_URL", "nonsense", "DATABASE_URL"),
        ("DATABASE_URL", "mysql://a:b@c/d", "PostgreSQL or an SQLite"),
        ("BACKDEP_DEBUG", "perhaps", "on or off"),
        ("BACKDEP_HTTPS", "perhaps", "on or off"),
    ],
)
def test_what_cannot_be_read_stops_the_start_with_advice(name, value, said):
    done = load(**{**COMPLETE, name: value})
    assert done.returncode != 0
    assert said in done.stderr


def test_sqlite_writes_one_at_a_time_and_waits():
    from django.conf import settings
    from django.db import connection

    if connection.vendor != "sqlite":
        assert settings.DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql"
        return
    options = settings.DATABASES["default"]["OPTIONS"]
    assert options["transaction_mode"] == "IMMEDIATE"
    assert options["timeout"] >= 10
    assert "journal_mode=WAL" in options["init_command"]


@pytest.mark.parametrize("command", [["check", "--deploy", "--fail-level", "WARNING"]])
def test_the_deployment_check_finds_nothing(command):
    done = subprocess.run(
        [sys.executable, "manage.py", *command],
        env={"PATH": os.environ["PATH"], **COMPLETE, "BACKDEP_SECRET_KEY": "aB3-" + "xK9_qW7zR2mN5tY8" * 4,
             "BACKDEP_DEBUG": "off"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
