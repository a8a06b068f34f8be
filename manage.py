#!/usr/bin/env python3
"""Django's command line. Without BACKDEP_DEBUG it works as a development checkout; servers start through wsgi."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backdep_site.settings")
    os.environ.setdefault("BACKDEP_DEBUG", "on")
    try:
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
    except ImportError as error:
        raise SystemExit(
            "Django is not installed in this Python. Run `make run` or `make test` once: they make .venv, "
            "then use .venv/bin/python manage.py."
        ) from error
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        raise SystemExit(f"{error}") from None


if __name__ == "__main__":
    main()
