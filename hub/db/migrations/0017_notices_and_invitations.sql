-- Notices of every kind and how they reach a person outside the page; invitations, their answers and substitutes; reminders.

ALTER TABLE app_user ADD COLUMN email text CHECK (length(email) BETWEEN 3 AND 254 AND position('@' IN email) > 1);
ALTER TABLE app_user ADD COLUMN phone text CHECK (phone ~ '^\+?[0-9]{6,15}$');

-- The kinds are a list of the code (hub/notices/models.py): a new kind is no change of the database.
ALTER TABLE notice DROP CONSTRAINT notice_kind_check;
ALTER TABLE notice ADD CONSTRAINT notice_kind_check CHECK (kind ~ '^[a-z_]{2,40}$');
ALTER TABLE notice ALTER COLUMN meeting_id DROP NOT NULL;
ALTER TABLE notice ALTER COLUMN document_id DROP NOT NULL;
ALTER TABLE notice ALTER COLUMN thread_id DROP NOT NULL;
ALTER TABLE notice ALTER COLUMN by DROP NOT NULL;                  -- null: the hub itself, a reminder
ALTER TABLE notice ADD COLUMN item_id uuid REFERENCES agenda_item ON DELETE CASCADE;
ALTER TABLE notice ADD COLUMN thing_id uuid;                       -- what else it is about; of which table, the kind says
ALTER TABLE notice ADD COLUMN words text NOT NULL DEFAULT '' CHECK (length(words) <= 1000);
ALTER TABLE notice ADD COLUMN key text CHECK (length(key) <= 200); -- a person is never told the same key twice
ALTER TABLE notice ADD COLUMN times int NOT NULL DEFAULT 1;        -- how many tellings were merged into it while it was unread
ALTER TABLE notice ADD COLUMN reached_at timestamptz;              -- when a page of his first had it
CREATE UNIQUE INDEX notice_once ON notice (user_id, key) WHERE key IS NOT NULL;
CREATE INDEX notice_not_reached ON notice (user_id) WHERE reached_at IS NULL;
CREATE INDEX notice_of_meeting ON notice (meeting_id, user_id);

-- Which topics reach a person by e-mail where he said so; without a row the topic's default holds.
CREATE TABLE notice_choice (
    user_id uuid NOT NULL REFERENCES app_user ON DELETE CASCADE,
    topic text NOT NULL CHECK (topic ~ '^[a-z_]{2,40}$'),
    outside boolean NOT NULL,
    PRIMARY KEY (user_id, topic)
);

-- One sending of a notice outside the page. The row is the truth of it; the job only does what is due here.
CREATE TABLE notice_delivery (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    notice_id uuid NOT NULL REFERENCES notice ON DELETE CASCADE,
    way text NOT NULL CHECK (way IN ('email', 'phone')),
    state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sent', 'failed')),
    reason text NOT NULL DEFAULT '' CHECK (reason ~ '^[a-z-]{0,40}$'),   -- a word of the code, never what a server said
    attempts int NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL,
    queued_at timestamptz NOT NULL,
    done_at timestamptz,
    UNIQUE (notice_id, way)
);
CREATE INDEX notice_delivery_due ON notice_delivery (next_at) WHERE state = 'queued';

-- What the invitation of a meeting says beyond the meeting itself. `sequence` rises with each sending that changes something.
CREATE TABLE meeting_call (
    meeting_id uuid PRIMARY KEY REFERENCES meeting ON DELETE CASCADE,
    number text NOT NULL DEFAULT '' CHECK (length(number) <= 40),
    subject text NOT NULL DEFAULT '' CHECK (length(subject) <= 1000),    -- tới dự …; empty: the meeting's title
    remarks text NOT NULL DEFAULT '' CHECK (length(remarks) <= 4000),    -- các vấn đề cần lưu ý
    remind_minutes int[] NOT NULL DEFAULT '{1440,60}' CHECK (cardinality(remind_minutes) <= 6),
    sequence int NOT NULL DEFAULT -1,                                    -- -1: never sent
    sent_at timestamptz,
    sent_by uuid REFERENCES app_user,
    emergency boolean NOT NULL DEFAULT false,
    waived_reason text NOT NULL DEFAULT '' CHECK (length(waived_reason) <= 2000)  -- why the lead time did not hold
);

CREATE TABLE invitation (
    meeting_id uuid NOT NULL REFERENCES meeting ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES app_user,
    sequence int NOT NULL,             -- of the last sending to him
    sent_at timestamptz NOT NULL,
    opened_at timestamptz,
    cancelled_at timestamptz,
    answer text CHECK (answer IN ('accepted', 'declined')),
    reason text NOT NULL DEFAULT '' CHECK (length(reason) <= 1000),
    answered_at timestamptz,
    answered_by uuid REFERENCES app_user,   -- himself, or the secretary who was told by telephone
    substitute_id uuid REFERENCES app_user,
    substitute_state text CHECK (substitute_state IN ('named', 'accepted', 'refused')),
    substitute_reason text NOT NULL DEFAULT '' CHECK (length(substitute_reason) <= 1000),
    substitute_at timestamptz,
    PRIMARY KEY (meeting_id, user_id),
    CHECK ((substitute_id IS NULL) = (substitute_state IS NULL))
);
CREATE INDEX invitation_of_user ON invitation (user_id);

-- A guest who sits for a member: he speaks and never votes.
ALTER TABLE participant ADD COLUMN substitute_for uuid REFERENCES app_user;
ALTER TABLE participant ADD CONSTRAINT participant_substitute_is_guest CHECK (substitute_for IS NULL OR role = 'guest');

-- How early a body invites, and whether a member may send somebody in his place, where it says otherwise than the rule file.
CREATE TABLE call_rule (
    unit_id uuid NOT NULL REFERENCES unit ON DELETE CASCADE,
    kind text NOT NULL,                -- of the meetings it holds for
    lead_days int CHECK (lead_days BETWEEN 0 AND 60),  -- working days; null: as the rule file says
    substitutes boolean,                                -- null: as the rule file says
    by uuid REFERENCES app_user,
    at timestamptz NOT NULL,
    PRIMARY KEY (unit_id, kind)
);
