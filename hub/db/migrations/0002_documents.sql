-- Live documents: the append-only log of each, the snapshot that replaced its beginning, and the images placed in them.

-- One row a document. Its lock numbers the updates, so numbers have no gaps and are seen in order by every hub.
CREATE TABLE document_log (
    document_id uuid PRIMARY KEY REFERENCES document ON DELETE CASCADE,
    head bigint NOT NULL DEFAULT 0,         -- number of the newest update
    snapshot_at bigint NOT NULL DEFAULT 0,  -- up to this number the updates are in the snapshot
    bytes bigint NOT NULL DEFAULT 0,        -- of the updates after the snapshot
    projected bigint NOT NULL DEFAULT 0,    -- an agenda: up to this number its items are in agenda_item
    lease_holder text,                      -- the hub that compacts now
    lease_until timestamptz
);
CREATE INDEX document_log_long ON document_log (bytes DESC);

CREATE TABLE document_update (
    document_id uuid NOT NULL REFERENCES document_log ON DELETE CASCADE,
    seq bigint NOT NULL,
    update bytea NOT NULL,
    PRIMARY KEY (document_id, seq)
);

CREATE TABLE document_snapshot (
    document_id uuid PRIMARY KEY REFERENCES document_log ON DELETE CASCADE,
    seq bigint NOT NULL,
    state bytea NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now()
);

-- A document has a log from its first moment: no log means no document, never an empty one.
CREATE FUNCTION begin_document_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO document_log (document_id) VALUES (NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER document_begins AFTER INSERT ON document FOR EACH ROW EXECUTE FUNCTION begin_document_log();

-- Pictures pasted into a document; the document holds only their address.
CREATE TABLE document_image (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    document_id uuid NOT NULL REFERENCES document ON DELETE CASCADE,
    media_type text NOT NULL CHECK (media_type IN ('image/png', 'image/jpeg', 'image/webp', 'image/gif')),
    sha256 bytea NOT NULL,
    content bytea NOT NULL,
    by uuid NOT NULL REFERENCES app_user,
    at timestamptz NOT NULL,
    UNIQUE (document_id, sha256)
);
ALTER TABLE document_image ALTER COLUMN content SET STORAGE EXTERNAL;  -- pictures are compressed already
