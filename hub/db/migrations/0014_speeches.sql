-- Speaking: requests in their order, the floor and its running time, questioning, and what the chair set for it.

CREATE TABLE speech_request (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    meeting_id uuid NOT NULL REFERENCES meeting ON DELETE CASCADE,
    item_id uuid REFERENCES agenda_item,       -- null: on the meeting as a whole
    user_id uuid NOT NULL REFERENCES app_user,
    kind text NOT NULL CHECK (kind IN ('on_item', 'question', 'procedural')),
    addressee_id uuid REFERENCES app_user,     -- of a question: who shall answer; null: whoever is questioned
    topic text NOT NULL DEFAULT '' CHECK (length(topic) <= 200),
    question text NOT NULL DEFAULT '' CHECK (length(question) <= 4000),
    position int NOT NULL,                     -- among those waiting in the meeting; rewritten with every change
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'called', 'done', 'withdrawn', 'removed')),
    place_before int,                          -- of one taken out of the queue: where it stood, for the undo
    requested_at timestamptz NOT NULL,
    requested_by uuid NOT NULL REFERENCES app_user,
    called_at timestamptz,
    left_at timestamptz,                       -- withdrawn, removed, or done
    questioning_id uuid,                       -- of a question that was called: in which questioning
    CHECK (kind = 'question' OR (addressee_id IS NULL AND question = ''))
);
CREATE INDEX speech_request_meeting ON speech_request (meeting_id, position);
CREATE INDEX speech_request_user ON speech_request (user_id);
-- One open request a person and item; questions have a queue of their own.
CREATE UNIQUE INDEX speech_request_one_open ON speech_request
    (meeting_id, coalesce(item_id, '00000000-0000-0000-0000-000000000000'), user_id, (kind = 'question'))
    WHERE state = 'waiting';

CREATE TABLE questioning (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    meeting_id uuid NOT NULL REFERENCES meeting ON DELETE CASCADE,
    item_id uuid NOT NULL REFERENCES agenda_item,
    answerer_id uuid NOT NULL REFERENCES app_user,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz
);
CREATE INDEX questioning_meeting ON questioning (meeting_id, opened_at);
CREATE UNIQUE INDEX questioning_one_open ON questioning (meeting_id) WHERE closed_at IS NULL;
ALTER TABLE speech_request ADD CONSTRAINT speech_request_questioning FOREIGN KEY (questioning_id) REFERENCES questioning;

-- The floor: one person's turn to speak. `used_ms` is the time used until `since`, from which it runs on.
CREATE TABLE floor (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    meeting_id uuid NOT NULL REFERENCES meeting ON DELETE CASCADE,
    item_id uuid REFERENCES agenda_item,
    user_id uuid NOT NULL REFERENCES app_user,
    unit_id uuid NOT NULL REFERENCES unit,     -- of the person, then: the group whose time it is
    kind text NOT NULL CHECK (kind IN ('on_item', 'question', 'procedural', 'answer', 'follow_up')),
    request_id uuid REFERENCES speech_request,
    questioning_id uuid REFERENCES questioning,
    limit_seconds int CHECK (limit_seconds BETWEEN 10 AND 86400),
    state text NOT NULL DEFAULT 'called' CHECK (state IN ('called', 'speaking', 'paused', 'ended')),
    state_before text,                         -- of one that ended: what the undo goes back to
    given_at timestamptz NOT NULL,
    started_at timestamptz,
    since timestamptz,
    used_ms int NOT NULL DEFAULT 0 CHECK (used_ms >= 0),
    ended_at timestamptz,
    microphone_id uuid REFERENCES room_device ON DELETE SET NULL,  -- the unit opened for it
    number bigint GENERATED ALWAYS AS IDENTITY,
    CHECK ((state = 'ended') = (ended_at IS NOT NULL) AND (state = 'speaking') = (since IS NOT NULL))
);
CREATE INDEX floor_meeting ON floor (meeting_id, given_at);
CREATE INDEX floor_user ON floor (user_id, given_at);
CREATE UNIQUE INDEX floor_one_open ON floor (meeting_id) WHERE ended_at IS NULL;

-- When the clock of a floor ran: who spoke at a moment, for the captions of the room's microphone.
CREATE TABLE floor_span (
    floor_id uuid NOT NULL REFERENCES floor ON DELETE CASCADE,
    meeting_id uuid NOT NULL REFERENCES meeting ON DELETE CASCADE,
    began_at timestamptz NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (floor_id, began_at)
);
CREATE INDEX floor_span_meeting ON floor_span (meeting_id, began_at);

-- What the chair set, for an item or (null) for the whole meeting.
CREATE TABLE speech_setting (
    meeting_id uuid NOT NULL REFERENCES meeting ON DELETE CASCADE,
    item_id uuid REFERENCES agenda_item,
    limit_seconds int CHECK (limit_seconds BETWEEN 10 AND 86400),  -- null: the usual time of its kind
    closed boolean NOT NULL DEFAULT false      -- no new requests
);
CREATE UNIQUE INDEX speech_setting_one ON speech_setting (meeting_id, coalesce(item_id, '00000000-0000-0000-0000-000000000000'));

CREATE TABLE speech_budget (
    meeting_id uuid NOT NULL REFERENCES meeting ON DELETE CASCADE,
    item_id uuid REFERENCES agenda_item,
    unit_id uuid NOT NULL REFERENCES unit,
    seconds int NOT NULL CHECK (seconds BETWEEN 60 AND 86400)
);
CREATE UNIQUE INDEX speech_budget_one ON speech_budget
    (meeting_id, coalesce(item_id, '00000000-0000-0000-0000-000000000000'), unit_id);

-- At which seat a microphone unit stands; null: its name may end with the seat ("Micro B4").
ALTER TABLE room_device ADD COLUMN seat text CHECK (length(seat) BETWEEN 1 AND 20);

-- A rehearsal of a meeting: what is done there counts nowhere.
ALTER TABLE meeting ADD COLUMN rehearsal boolean NOT NULL DEFAULT false;
