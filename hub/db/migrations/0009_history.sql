-- The history of texts: versions kept as what each adds to the one before, who wrote under which client id, and locks for a vote.

-- One row a text that has a version. Its lock numbers the versions, so that several hubs never make one twice.
CREATE TABLE document_history (
    document_id uuid PRIMARY KEY REFERENCES document ON DELETE CASCADE,
    number int NOT NULL DEFAULT 0,          -- of the newest version
    seq bigint NOT NULL DEFAULT 0,          -- up to this number of the log there is nothing a version lacks
    at timestamptz,                         -- when the newest version was made
    held bytea NOT NULL DEFAULT '',         -- what all versions together hold: state vector and deletions
    hash bytea NOT NULL DEFAULT ''          -- of the newest version's text
);

-- A version is the versions before it and its own addition: reading number n merges the additions of 1 to n.
CREATE TABLE document_version (
    document_id uuid NOT NULL REFERENCES document_history ON DELETE CASCADE,
    number int NOT NULL,
    kind text NOT NULL CHECK (kind IN ('automatic', 'named', 'vote', 'restored')),
    name text NOT NULL DEFAULT '' CHECK (length(name) <= 200),
    reason text NOT NULL DEFAULT '',        -- of an automatic one: what it was made at
    restored_from int,
    by uuid REFERENCES app_user,            -- null: the hub by itself
    at timestamptz NOT NULL,
    seq bigint NOT NULL,                    -- of the log: everything up to it is in the version
    addition bytea NOT NULL,
    clients bigint[] NOT NULL,              -- who wrote between the version before and this one
    letters int NOT NULL,
    hash bytea NOT NULL,                    -- sha256 of the canonical text
    PRIMARY KEY (document_id, number)
);
ALTER TABLE document_version ALTER COLUMN addition SET STORAGE EXTERNAL;  -- compressed already

-- Whose edits a client id's are. `sure`: it was live on that person's own connection; else the first who brought it.
CREATE TABLE document_author (
    document_id uuid NOT NULL REFERENCES document ON DELETE CASCADE,
    client bigint NOT NULL,
    user_id uuid NOT NULL REFERENCES app_user,
    sure boolean NOT NULL,
    restored boolean NOT NULL DEFAULT false,  -- not written but brought back by this person
    PRIMARY KEY (document_id, client)
);

-- A text locked for a vote: nobody writes in it. `number` is null for the moment between the lock and its version.
CREATE TABLE document_lock (
    document_id uuid PRIMARY KEY REFERENCES document ON DELETE CASCADE,
    number int,
    by uuid NOT NULL REFERENCES app_user,
    at timestamptz NOT NULL
);
