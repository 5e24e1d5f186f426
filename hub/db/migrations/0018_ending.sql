-- Ending: conclusions, what the hub laid into the minutes, the frozen record, and whole meetings as files.

-- The wording that waits or stands. What the chair confirmed last is agenda_item.conclusion, which search and screens read.
CREATE TABLE conclusion (
    item_id uuid PRIMARY KEY REFERENCES agenda_item ON DELETE CASCADE,
    meeting_id uuid NOT NULL REFERENCES meeting ON DELETE CASCADE,
    text text NOT NULL CHECK (length(text) BETWEEN 1 AND 10000),
    state text NOT NULL CHECK (state IN ('written', 'confirmed', 'returned')),
    written bigint NOT NULL,              -- seq of conclusion.written: the chair confirms this wording and no other
    written_by uuid NOT NULL REFERENCES app_user,
    written_at timestamptz NOT NULL,
    decided_by uuid REFERENCES app_user,
    decided_at timestamptz,
    remark text NOT NULL DEFAULT '' CHECK (length(remark) <= 2000),
    CHECK ((state = 'written') = (decided_by IS NULL))
);
CREATE INDEX conclusion_meeting ON conclusion (meeting_id);

-- What the hub put into the minutes, once for good: what somebody deletes is not put back by itself.
CREATE TABLE minutes_laid (
    document_id uuid NOT NULL REFERENCES document ON DELETE CASCADE,
    key text NOT NULL CHECK (length(key) <= 60),
    at timestamptz NOT NULL,
    PRIMARY KEY (document_id, key)
);

-- Kỷ yếu: the record of a closed meeting, byte for byte as it was hashed. Signing and issuing move `state` on.
CREATE TABLE yearbook_entry (
    meeting_id uuid PRIMARY KEY REFERENCES meeting ON DELETE CASCADE,
    state text NOT NULL DEFAULT 'kept' CHECK (state IN ('kept', 'signed', 'issued')),
    record bytea NOT NULL,
    hash bytea NOT NULL,
    facts bytea NOT NULL,                 -- the blocks of facts as the minutes showed them
    closed_by uuid NOT NULL REFERENCES app_user,
    closed_at timestamptz NOT NULL
);
ALTER TABLE yearbook_entry ALTER COLUMN record SET STORAGE EXTENDED;

-- A meeting as one file: made by a job, kept in parts so that any hub can send it, for a day.
CREATE TABLE meeting_export (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    meeting_id uuid NOT NULL REFERENCES meeting ON DELETE CASCADE,
    by uuid NOT NULL REFERENCES app_user,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'making', 'made', 'failed')),
    done int NOT NULL DEFAULT 0,
    total int NOT NULL DEFAULT 0,
    bytes bigint NOT NULL DEFAULT 0,
    manifest_hash text NOT NULL DEFAULT '',
    begun_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL          -- who makes it says so; one that is silent is lost
);
CREATE INDEX meeting_export_of ON meeting_export (meeting_id, begun_at DESC);

CREATE TABLE meeting_export_part (
    export_id uuid NOT NULL REFERENCES meeting_export ON DELETE CASCADE,
    number int NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (export_id, number)
);
ALTER TABLE meeting_export_part ALTER COLUMN content SET STORAGE EXTERNAL;  -- compressed already
