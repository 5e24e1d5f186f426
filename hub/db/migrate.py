"""Plain ``.sql`` migrations, applied once each, in order, under an advisory lock.

A file that was applied must never change: its checksum is kept and compared at every start.
"""

import hashlib
from importlib.resources import files

import psycopg

MIGRATION_LOCK = 0x5048494E  # "PHIN": one migrator at a time, whatever the number of hubs


class MigrationChanged(Exception):
    """A migration that was already applied differs from the file shipped with this version."""


class DatabaseIsNewer(Exception):
    """The database was migrated by a newer version of Phiên than this one."""


def shipped() -> list[tuple[str, str]]:
    """(name, sql) of every migration of this version, in the order they apply."""
    folder = files("hub.db") / "migrations"
    found = [(entry.name, entry.read_text("utf-8")) for entry in folder.iterdir() if entry.name.endswith(".sql")]
    return sorted(found)


def migrate(conninfo: str) -> list[str]:
    """Brings the database up to this version; returns the names applied now.

    Raises MigrationChanged or DatabaseIsNewer and leaves the database as it was.
    """
    applied_now: list[str] = []
    with psycopg.connect(conninfo) as conn:
        conn.execute("SELECT pg_advisory_xact_lock(%s)", (MIGRATION_LOCK,))
        conn.execute(
            "CREATE TABLE IF NOT EXISTS migration "
            "(name text PRIMARY KEY, checksum text NOT NULL, at timestamptz NOT NULL DEFAULT now())"
        )
        applied = {str(name): str(checksum) for name, checksum in conn.execute("SELECT name, checksum FROM migration")}
        ours = shipped()
        if unknown := applied.keys() - {name for name, _ in ours}:
            raise DatabaseIsNewer(", ".join(sorted(unknown)))
        for name, sql in ours:
            checksum = hashlib.sha256(sql.encode()).hexdigest()
            if name in applied:
                if applied[name] != checksum:
                    raise MigrationChanged(name)
                continue
            conn.execute(sql.encode())
            conn.execute("INSERT INTO migration (name, checksum) VALUES (%s, %s)", (name, checksum))
            applied_now.append(name)
    return applied_now
