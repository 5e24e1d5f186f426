-- People, meetings and the meeting's line. Every slice adds its own numbered file after this one.

CREATE EXTENSION IF NOT EXISTS unaccent;

CREATE TABLE unit (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    parent_id uuid REFERENCES unit,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 300),
    kind text NOT NULL CHECK (kind IN ('commune', 'council', 'committee', 'office', 'board')),
    position int NOT NULL DEFAULT 0
);
CREATE INDEX unit_parent ON unit (parent_id);

CREATE TABLE app_user (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    unit_id uuid NOT NULL REFERENCES unit,
    username text NOT NULL CHECK (username ~ '^[a-z0-9._@-]{2,80}$'),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    position text NOT NULL DEFAULT '' CHECK (length(position) <= 300),
    role text NOT NULL DEFAULT 'member' CHECK (role IN ('system_admin', 'unit_admin', 'member')),
    password_hash text,  -- null: comes in by link only
    active boolean NOT NULL DEFAULT true
);
CREATE UNIQUE INDEX app_user_username ON app_user (username);
CREATE INDEX app_user_unit ON app_user (unit_id);

-- Sessions hold a hash of the cookie, so a copy of the database signs nobody in.
CREATE TABLE session (
    token_hash bytea PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES app_user ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX session_by_user ON session (user_id);
CREATE INDEX session_expiry ON session (expires_at);

CREATE TABLE sign_in_link (
    token_hash bytea PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES app_user ON DELETE CASCADE,
    expires_at timestamptz NOT NULL,
    spent_at timestamptz
);

CREATE TABLE sign_in_attempt (
    username text NOT NULL,
    address text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX sign_in_attempt_username ON sign_in_attempt (username, at);
CREATE INDEX sign_in_attempt_address ON sign_in_attempt (address, at);

CREATE TABLE meeting (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    unit_id uuid NOT NULL REFERENCES unit,
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 500),
    kind text NOT NULL CHECK (kind IN ('council', 'committee', 'briefing', 'other')),
    place text NOT NULL CHECK (length(place) BETWEEN 1 AND 300),
    room_id uuid,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL CHECK (ends_at > starts_at),
    state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'published', 'running', 'ended', 'closed')),
    current_item_id uuid,
    seq bigint NOT NULL DEFAULT 0,     -- of the last event told; its row lock orders the meeting's line
    head bytea NOT NULL DEFAULT ''     -- hash of the last event told
);
CREATE INDEX meeting_unit ON meeting (unit_id);
CREATE INDEX meeting_starts ON meeting (starts_at);

CREATE TABLE participant (
    meeting_id uuid NOT NULL REFERENCES meeting ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES app_user,
    role text NOT NULL CHECK (role IN ('chair', 'secretary', 'delegate', 'guest')),
    seat text,
    checked_in_at timestamptz,
    position int NOT NULL DEFAULT 0,
    PRIMARY KEY (meeting_id, user_id)
);
CREATE INDEX participant_user ON participant (user_id);
CREATE UNIQUE INDEX participant_one_chair ON participant (meeting_id) WHERE role = 'chair';

-- Projected from the agenda document; the item's uuid is the key of its entry there.
-- Secrecy is a fact of the hub, never part of the document.
CREATE TABLE agenda_item (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    meeting_id uuid NOT NULL REFERENCES meeting ON DELETE CASCADE,
    position text NOT NULL,
    title text NOT NULL DEFAULT '',
    presenter text NOT NULL DEFAULT '',
    minutes int NOT NULL DEFAULT 10 CHECK (minutes BETWEEN 0 AND 1440),
    kind text NOT NULL DEFAULT 'discussion' CHECK (kind IN ('information', 'discussion', 'decision', 'vote', 'election')),
    secrecy text NOT NULL DEFAULT 'none' CHECK (secrecy IN ('none', 'mat', 'toi_mat', 'tuyet_mat')),
    conclusion text NOT NULL DEFAULT '',
    removed boolean NOT NULL DEFAULT false
);
CREATE INDEX agenda_item_meeting ON agenda_item (meeting_id);

CREATE TABLE document (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    meeting_id uuid NOT NULL REFERENCES meeting ON DELETE CASCADE,
    agenda_item_id uuid REFERENCES agenda_item,
    kind text NOT NULL CHECK (kind IN ('agenda', 'draft_resolution', 'minutes')),
    title text NOT NULL DEFAULT '' CHECK (length(title) <= 500),
    created_at timestamptz NOT NULL,
    CHECK ((kind = 'draft_resolution') OR agenda_item_id IS NULL)
);
CREATE INDEX document_meeting ON document (meeting_id);
CREATE UNIQUE INDEX document_one_agenda ON document (meeting_id, kind) WHERE kind IN ('agenda', 'minutes');

-- People who may write one draft resolution besides the secretary.
CREATE TABLE drafter (
    document_id uuid NOT NULL REFERENCES document ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES app_user,
    PRIMARY KEY (document_id, user_id)
);

-- The meeting's line: append-only facts. `hash` chains canonical bytes; see docs/wire.md.
CREATE TABLE event (
    meeting_id uuid NOT NULL REFERENCES meeting,
    seq bigint NOT NULL,
    kind text NOT NULL,
    body bytea NOT NULL,               -- canonical JSON, byte for byte what was hashed
    at timestamptz NOT NULL,
    prev_hash bytea NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (meeting_id, seq)
);

-- Words said or written by a person, kept apart so that they can be erased while the chain stays whole.
CREATE TABLE event_text (
    meeting_id uuid NOT NULL,
    seq bigint NOT NULL,
    salt bytea NOT NULL,
    text text NOT NULL,
    PRIMARY KEY (meeting_id, seq),
    FOREIGN KEY (meeting_id, seq) REFERENCES event
);

-- One row: what all hubs of this installation share. `secret` keys every HMAC (CSRF, check-in codes).
CREATE TABLE installation (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    secret bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()),
    created_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO installation DEFAULT VALUES;
