-- Who was there when, where each item of the agenda stands, and the sitting that rests. What is told of a person is kept
-- as a row each, in the order of the meeting's line; a mistake is taken back by a later fact, never rewritten.

ALTER TABLE meeting
    ADD COLUMN online_allowed boolean NOT NULL DEFAULT true,  -- who follows on a screen elsewhere may say he is present
    ADD COLUMN members int CHECK (members > 0),               -- of the body, whom a quorum is counted from; null: who was invited with a vote
    ADD COLUMN quorum_rule text,                              -- id of a rule of votes; null: as the kind of meeting has it
    ADD COLUMN paused_at timestamptz,                         -- the sitting rests since
    ADD COLUMN paused_seq bigint;                             -- of meeting.paused, whose text is the reason

-- `checked_in_at`: present since, in the room or online; null: not present, and `away` says how, where somebody said it.
ALTER TABLE participant
    ADD COLUMN online boolean NOT NULL DEFAULT false,
    ADD COLUMN away text CHECK (away IN ('excused', 'absent', 'left')),
    ADD COLUMN away_since timestamptz;
ALTER TABLE participant
    ADD COLUMN attendance text NOT NULL GENERATED ALWAYS AS (
        CASE WHEN checked_in_at IS NOT NULL THEN CASE WHEN online THEN 'online' ELSE 'room' END
             ELSE coalesce(away, 'unknown') END) STORED;
ALTER TABLE participant DROP CONSTRAINT participant_checked_in_how_check;
ALTER TABLE participant ADD CHECK (checked_in_how IN ('qr', 'code', 'reader', 'manual', 'self'));

CREATE TABLE attendance (
    meeting_id uuid NOT NULL REFERENCES meeting ON DELETE CASCADE,
    seq bigint NOT NULL,                     -- of the fact that told it
    user_id uuid NOT NULL REFERENCES app_user,
    state text NOT NULL CHECK (state IN ('room', 'online', 'excused', 'absent', 'left')),
    since timestamptz NOT NULL,              -- from when it held; not after it was told
    told_at timestamptz NOT NULL,
    how text NOT NULL CHECK (how IN ('qr', 'code', 'reader', 'manual', 'self')),
    by_id uuid REFERENCES app_user,          -- null: a reader at the door
    item_id uuid,                            -- where the meeting was when it was told
    reason text CHECK (length(reason) <= 500),  -- personal: for who keeps the record and himself
    salt bytea,                              -- of the reason's hash in the fact
    undone_seq bigint,                       -- of the fact that took it back
    PRIMARY KEY (meeting_id, seq)
);
CREATE INDEX attendance_person ON attendance (meeting_id, user_id, since, seq);

INSERT INTO attendance (meeting_id, seq, user_id, state, since, told_at, how, by_id, undone_seq)
SELECT c.meeting_id, c.seq, (c.body->>'user_id')::uuid, 'room', c.at, c.at, c.body->>'how', (c.body->>'by')::uuid,
       (SELECT min(u.seq) FROM event u
         WHERE u.meeting_id = c.meeting_id AND u.seq > c.seq AND u.kind = 'participant.check_in_undone'
           AND convert_from(u.body, 'UTF8')::jsonb->>'user_id' = c.body->>'user_id')
  FROM (SELECT meeting_id, seq, at, convert_from(body, 'UTF8')::jsonb AS body FROM event
         WHERE kind = 'participant.checked_in') c;

ALTER TABLE agenda_item
    ADD COLUMN state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'skipped')),
    ADD COLUMN running_since timestamptz,    -- null while the sitting rests
    ADD COLUMN held_ms bigint NOT NULL DEFAULT 0;  -- of its earlier turns; the time of the present one comes on top

WITH turn AS (
    SELECT meeting_id, at, (convert_from(body, 'UTF8')::jsonb->>'item_id')::uuid AS item_id,
           lead(at) OVER (PARTITION BY meeting_id ORDER BY seq) AS until
      FROM event WHERE kind = 'agenda_item.started'
), held AS (
    SELECT item_id, max(at) FILTER (WHERE until IS NULL) AS since,
           coalesce(sum(floor(extract(epoch FROM until - at) * 1000)), 0)::bigint AS ms
      FROM turn WHERE item_id IS NOT NULL GROUP BY item_id
)
UPDATE agenda_item i SET held_ms = held.ms, running_since = held.since,
       state = CASE WHEN held.since IS NULL THEN 'done' ELSE 'running' END
  FROM held WHERE i.id = held.item_id;

-- Who is present online counts, unless the rule of the vote wants him in the room.
ALTER TABLE vote ADD COLUMN online_counts boolean NOT NULL DEFAULT true;
