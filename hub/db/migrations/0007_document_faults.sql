-- Faults of documents: who compacts, what a damaged row is known by, and what is kept of it.

-- One hub compacts for all, as long as it says so several times a second. Unlogged: it costs no write to the disk, and
-- after a crash of the database it is free. (lease_holder and lease_until of document_log are no longer used.)
CREATE UNLOGGED TABLE document_keeper (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    holder text NOT NULL,
    until timestamptz NOT NULL
);

-- CRC-32 of the bytes as the hub wrote them; null: written by an earlier version.
ALTER TABLE document_update ADD COLUMN checksum bigint;
ALTER TABLE document_snapshot ADD COLUMN checksum bigint;

-- The snapshot before the present one: where that is damaged, the last good state is this.
CREATE TABLE document_snapshot_before (
    document_id uuid PRIMARY KEY REFERENCES document_log ON DELETE CASCADE,
    seq bigint NOT NULL,
    state bytea NOT NULL,
    made_at timestamptz NOT NULL,
    checksum bigint NOT NULL
);

-- A document whose log is damaged is read only and never compacted until somebody accepts the loss.
CREATE TABLE document_damage (
    document_id uuid PRIMARY KEY REFERENCES document_log ON DELETE CASCADE,
    rows bigint[] NOT NULL,  -- numbers of the damaged or missing updates; 0 is the snapshot
    noticed_at timestamptz NOT NULL DEFAULT now()
);

-- What was damaged, as far as it could still be read, kept when the loss was accepted.
CREATE TABLE document_damaged_row (
    document_id uuid NOT NULL REFERENCES document_log ON DELETE CASCADE,
    seq bigint NOT NULL,
    content bytea,
    checksum bigint,
    kept_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX document_damaged_row_of ON document_damaged_row (document_id);
