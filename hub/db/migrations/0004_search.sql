-- The index of past meetings: passages with their words and vectors, and what the index knows of its own words.
-- Everything here can be rebuilt from the archive by `phien reindex`.

CREATE EXTENSION IF NOT EXISTS vector;

CREATE TABLE passage (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),  -- kept while its text stays the same, so links to it last
    meeting_id uuid NOT NULL REFERENCES meeting ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('title', 'agenda', 'minutes', 'conclusion', 'resolution', 'transcript')),
    document_id uuid REFERENCES document ON DELETE CASCADE,
    item_id uuid REFERENCES agenda_item ON DELETE CASCADE,
    segment_id uuid,                -- first transcript segment of the passage
    ordinal int NOT NULL,           -- place among the meeting's passages
    block int NOT NULL DEFAULT 0,   -- place in its source: the block of a document
    heading text NOT NULL DEFAULT '',
    text text NOT NULL,
    hash bytea NOT NULL,            -- of everything that is embedded or shown; equal hash, same passage
    words tsvector NOT NULL,        -- our own lexemes: 'quyết' as written, '~quyet' as typed without diacritics
    numbers text[] NOT NULL,        -- keys of document numbers, one spelling
    model_id text,                  -- which model made the vector; vectors of two models are never compared
    embedding halfvec(384),         -- null until embedded: words find it before meaning does
    CHECK ((model_id IS NULL) = (embedding IS NULL))
) WITH (toast_tuple_target = 4080); -- vectors and words stay in the row: one page read a passage, not three
ALTER TABLE passage ALTER COLUMN embedding SET STORAGE PLAIN;
CREATE UNIQUE INDEX passage_once ON passage (meeting_id, hash);
CREATE INDEX passage_item ON passage (item_id) WHERE item_id IS NOT NULL;
CREATE INDEX passage_document ON passage (document_id) WHERE document_id IS NOT NULL;
CREATE INDEX passage_words ON passage USING gin (words) WITH (fastupdate = off);
CREATE INDEX passage_numbers ON passage USING gin (numbers) WITH (fastupdate = off);
-- Vectors have length 1, so the inner product orders as the cosine does, and costs less.
CREATE INDEX passage_meaning ON passage USING hnsw (embedding halfvec_ip_ops);

-- A search looks up what is secret now, each time.
CREATE INDEX agenda_item_secret ON agenda_item (id) WHERE secrecy <> 'none';

-- What was read of a meeting when it was indexed last; compared by the sweep, so no change is lost with a signal.
CREATE TABLE search_meeting (
    meeting_id uuid PRIMARY KEY REFERENCES meeting ON DELETE CASCADE,
    seq bigint NOT NULL,
    written text NOT NULL,          -- marks of its documents' logs
    passages int NOT NULL,
    model_id text,                  -- of all its vectors; null while some are missing
    indexed_at timestamptz NOT NULL
);

-- Rarity of words, and pairs of words for restoring diacritics. Counted in passages, kept up with each change.
CREATE TABLE search_word (
    word text PRIMARY KEY,
    passages int NOT NULL
);
CREATE TABLE search_pair (
    first text NOT NULL,
    second text NOT NULL,
    passages int NOT NULL,
    PRIMARY KEY (first, second)
);
CREATE TABLE search_state (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    version bigint NOT NULL DEFAULT 0,
    passages bigint NOT NULL DEFAULT 0
);
INSERT INTO search_state DEFAULT VALUES;
