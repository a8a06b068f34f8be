"""The database's own refusal to change history, on SQLite and on PostgreSQL."""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper

TABLE = "backdep_site_auditevent"

_POSTGRESQL = [
    """
    CREATE OR REPLACE FUNCTION backdep_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'history is append-only (table %)', TG_TABLE_NAME; END $$
    """,
    f"CREATE TRIGGER audit_no_update BEFORE UPDATE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION backdep_refuse_change()",
    f"CREATE TRIGGER audit_no_delete BEFORE DELETE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION backdep_refuse_change()",
    f"CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON {TABLE} EXECUTE FUNCTION backdep_refuse_change()",
]
_SQLITE = [
    f"CREATE TRIGGER audit_no_update BEFORE UPDATE ON {TABLE} BEGIN SELECT RAISE(ABORT, 'history is append-only'); END",
    f"CREATE TRIGGER audit_no_delete BEFORE DELETE ON {TABLE} BEGIN SELECT RAISE(ABORT, 'history is append-only'); END",
    # INSERT OR REPLACE takes the old row away without the trigger above
    f"CREATE TRIGGER audit_no_replace BEFORE INSERT ON {TABLE} WHEN NEW.id IN (SELECT id FROM {TABLE}) "  # noqa: S608
    "BEGIN SELECT RAISE(ABORT, 'history is append-only'); END",
]
_NAMES = ("audit_no_update", "audit_no_delete", "audit_no_truncate", "audit_no_replace")


def create(connection: BaseDatabaseWrapper) -> None:
    """Put the triggers up."""
    with connection.cursor() as cursor:
        for statement in _POSTGRESQL if connection.vendor == "postgresql" else _SQLITE:
            cursor.execute(statement)


def drop(connection: BaseDatabaseWrapper) -> None:
    """Take the triggers down (migrating backwards, and clearing a test database)."""
    with connection.cursor() as cursor:
        for name in _NAMES:
            if connection.vendor == "postgresql":
                cursor.execute(f"DROP TRIGGER IF EXISTS {name} ON {TABLE}")
            else:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
