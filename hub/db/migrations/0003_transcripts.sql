-- Live captions: who has a microphone open, and what was said.

CREATE TABLE caption_session (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    meeting_id uuid NOT NULL REFERENCES meeting ON DELETE CASCADE,
    started_by uuid NOT NULL REFERENCES app_user,
    speaker_id uuid REFERENCES app_user,  -- whose microphone it is; null: the room's
    language text NOT NULL CHECK (language ~ '^[a-z]{2,3}$'),
    started_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'up' CHECK (state IN ('up', 'paused')),
    seen_at timestamptz NOT NULL,  -- the hub that holds the microphone says so every few seconds
    stopped_at timestamptz,
    stopped_by uuid REFERENCES app_user,  -- null: nobody pressed anything
    reason text CHECK (reason IN ('ended', 'left', 'silent', 'stopped', 'replaced', 'secret-item', 'meeting-over',
                                  'no-right', 'broken-sound', 'hub-lost')),
    CHECK ((stopped_at IS NULL) = (reason IS NULL))
);
CREATE INDEX caption_session_meeting ON caption_session (meeting_id);
-- One open microphone a speaker; the room counts as one speaker.
CREATE UNIQUE INDEX caption_session_one_open
    ON caption_session (meeting_id, coalesce(speaker_id, '00000000-0000-0000-0000-000000000000'))
    WHERE stopped_at IS NULL;
CREATE INDEX caption_session_open ON caption_session (seen_at) WHERE stopped_at IS NULL;

-- Final captions. Times are milliseconds of the session's sound; `at` is the moment the words began.
CREATE TABLE transcript_segment (
    id uuid PRIMARY KEY,
    meeting_id uuid NOT NULL REFERENCES meeting ON DELETE CASCADE,
    session_id uuid NOT NULL REFERENCES caption_session ON DELETE CASCADE,
    number int NOT NULL,
    speaker_id uuid REFERENCES app_user,
    item_id uuid REFERENCES agenda_item,  -- the item the meeting was at
    at timestamptz NOT NULL,
    start_ms int NOT NULL CHECK (start_ms >= 0),
    end_ms int NOT NULL CHECK (end_ms >= start_ms),
    text text NOT NULL CHECK (length(text) BETWEEN 1 AND 10000),
    UNIQUE (session_id, number)
);
CREATE INDEX transcript_segment_meeting ON transcript_segment (meeting_id, at);

-- Sound nobody recognised: a transcript says where it is silent about something.
CREATE TABLE transcript_gap (
    session_id uuid NOT NULL REFERENCES caption_session ON DELETE CASCADE,
    start_ms int NOT NULL,
    end_ms int NOT NULL CHECK (end_ms > start_ms),
    PRIMARY KEY (session_id, start_ms)
);
