-- Preparing: who approves a meeting and what was approved, types of meetings, catalogues, the organisation's accounts and its
-- log of sign-ins, and what people ask or say before the meeting.

-- The state stays 'draft' until the meeting is published; how far the draft has come is said here.
ALTER TABLE meeting ADD COLUMN approval text NOT NULL DEFAULT 'drafting'
    CHECK (approval IN ('drafting', 'submitted', 'returned', 'approved'));
ALTER TABLE meeting ADD COLUMN approver_id uuid REFERENCES app_user;  -- null: the chair
ALTER TABLE meeting ADD COLUMN made_by uuid REFERENCES app_user;      -- null: before this was written down
ALTER TABLE meeting ADD COLUMN approved jsonb;                        -- what was approved: marks of the agenda and each text
ALTER TABLE meeting ADD COLUMN opinions_until timestamptz;            -- null: until the meeting begins
CREATE INDEX meeting_made_by ON meeting (made_by);
CREATE INDEX meeting_approver ON meeting (approver_id) WHERE approver_id IS NOT NULL;

-- Who did what to the draft and when; `content` is what lay before him.
CREATE TABLE meeting_approval (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    meeting_id uuid NOT NULL REFERENCES meeting ON DELETE CASCADE,
    step text NOT NULL CHECK (step IN ('submitted', 'withdrawn', 'returned', 'approved', 'reopened', 'published',
                                       'approver-named', 'changes-told')),
    by uuid REFERENCES app_user,  -- null: the hub by itself
    at timestamptz NOT NULL,
    reason text NOT NULL DEFAULT '' CHECK (length(reason) <= 2000),
    content jsonb
);
CREATE INDEX meeting_approval_of ON meeting_approval (meeting_id, id);

-- What changed since it was approved or published; told all at once. A second change of the same thing moves the first.
CREATE TABLE meeting_change (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    meeting_id uuid NOT NULL REFERENCES meeting ON DELETE CASCADE,
    what text NOT NULL CHECK (what IN ('details', 'agenda', 'document', 'paper')),
    subject_id uuid,              -- of the text or paper
    title text NOT NULL DEFAULT '',
    by uuid REFERENCES app_user,  -- null: not known
    at timestamptz NOT NULL,
    told_at timestamptz
);
CREATE UNIQUE INDEX meeting_change_once
    ON meeting_change (meeting_id, what, coalesce(subject_id, meeting_id)) WHERE told_at IS NULL;
CREATE INDEX meeting_change_waiting ON meeting_change (at) WHERE told_at IS NULL;

-- The unit that prepares an item is a fact of the hub, beside the agenda document, as secrecy is.
ALTER TABLE agenda_item ADD COLUMN unit_id uuid REFERENCES unit;

-- What kinds of meetings a unit holds, with the agenda they begin with. unit_id null: for every unit.
CREATE TABLE meeting_type (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    unit_id uuid REFERENCES unit,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    kind text NOT NULL CHECK (kind IN ('council', 'committee', 'briefing', 'other')),
    minutes int NOT NULL DEFAULT 180 CHECK (minutes BETWEEN 5 AND 14400),
    rule_pack text NOT NULL DEFAULT '' CHECK (length(rule_pack) <= 80),  -- of hub/votes/rules; '': the first that fits
    participants_unit_id uuid REFERENCES unit,                           -- whose people are invited
    items jsonb NOT NULL DEFAULT '[]',
    changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX meeting_type_unit ON meeting_type (unit_id);
ALTER TABLE meeting ADD COLUMN type_id uuid REFERENCES meeting_type ON DELETE SET NULL;

-- Positions and issuing bodies; the kinds of papers are beside the papers. unit_id null: for every unit.
CREATE TABLE catalogue_entry (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    unit_id uuid REFERENCES unit,
    kind text NOT NULL CHECK (kind IN ('position', 'issuing_body')),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    sign text NOT NULL DEFAULT '' CHECK (length(sign) <= 30),  -- of a body, as it stands in the numbers of its documents
    place int NOT NULL DEFAULT 0                               -- protocol order: the lower, the earlier
);
CREATE UNIQUE INDEX catalogue_entry_once
    ON catalogue_entry (kind, coalesce(unit_id, '00000000-0000-0000-0000-000000000000'), lower(name));
CREATE INDEX catalogue_entry_unit ON catalogue_entry (unit_id);

INSERT INTO catalogue_entry (kind, name, place) VALUES
    ('position', 'Chủ tịch Hội đồng nhân dân', 1), ('position', 'Phó Chủ tịch Hội đồng nhân dân', 2),
    ('position', 'Chủ tịch Ủy ban nhân dân', 3), ('position', 'Phó Chủ tịch Ủy ban nhân dân', 4),
    ('position', 'Trưởng ban', 5), ('position', 'Phó Trưởng ban', 6), ('position', 'Ủy viên Ủy ban nhân dân', 7),
    ('position', 'Chánh Văn phòng', 8), ('position', 'Phó Chánh Văn phòng', 9), ('position', 'Trưởng phòng', 10),
    ('position', 'Phó Trưởng phòng', 11), ('position', 'Đại biểu Hội đồng nhân dân', 12), ('position', 'Chuyên viên', 13);

-- Rows of seats by name; '' is a gap.
CREATE TABLE seat_plan (
    room_id uuid PRIMARY KEY REFERENCES room ON DELETE CASCADE,
    rows jsonb NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by uuid REFERENCES app_user
);

-- What a unit writes for its own people, beside the guides shipped with the page.
CREATE TABLE user_guide (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    unit_id uuid REFERENCES unit,  -- null: for every unit
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    body text NOT NULL CHECK (length(body) <= 60000),
    place int NOT NULL DEFAULT 0,
    changed_at timestamptz NOT NULL,
    changed_by uuid REFERENCES app_user
);
CREATE INDEX user_guide_unit ON user_guide (unit_id);

ALTER TABLE unit ADD COLUMN closed_at timestamptz;
ALTER TABLE app_user ADD COLUMN rights text[] NOT NULL DEFAULT '{}' CHECK (rights <@ ARRAY['convene', 'catalogues']);

-- Every attempt to sign in that was looked at. user_id null: nobody has this name.
CREATE TABLE sign_in_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    username text NOT NULL CHECK (length(username) <= 80),
    user_id uuid REFERENCES app_user ON DELETE CASCADE,
    address text NOT NULL CHECK (length(address) <= 100),
    way text NOT NULL CHECK (way IN ('password', 'link')),
    success boolean NOT NULL
);
CREATE INDEX sign_in_log_at ON sign_in_log (at DESC, id DESC);
CREATE INDEX sign_in_log_user ON sign_in_log (user_id, at DESC);

-- What is asked and said of an item before the meeting.
CREATE TABLE opinion (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    meeting_id uuid NOT NULL REFERENCES meeting ON DELETE CASCADE,
    item_id uuid NOT NULL REFERENCES agenda_item ON DELETE CASCADE,
    document_id uuid REFERENCES document ON DELETE SET NULL,  -- a live text, or
    paper_id uuid,                                            -- an uploaded paper
    quote text NOT NULL DEFAULT '' CHECK (length(quote) <= 1000),
    kind text NOT NULL CHECK (kind IN ('question', 'opinion')),
    private boolean NOT NULL,         -- for the secretary and the unit that prepares the item
    by uuid NOT NULL REFERENCES app_user,
    text text NOT NULL CHECK (length(text) BETWEEN 1 AND 5000),
    at timestamptz NOT NULL,
    changed_at timestamptz,
    withdrawn_at timestamptz,
    theme text NOT NULL DEFAULT '' CHECK (length(theme) <= 200),
    on_record boolean NOT NULL DEFAULT true
);
CREATE INDEX opinion_item ON opinion (item_id, at);
CREATE INDEX opinion_meeting ON opinion (meeting_id);

CREATE TABLE opinion_answer (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    opinion_id uuid NOT NULL REFERENCES opinion ON DELETE CASCADE,
    by uuid NOT NULL REFERENCES app_user,
    text text NOT NULL CHECK (length(text) BETWEEN 1 AND 5000),
    at timestamptz NOT NULL
);
CREATE INDEX opinion_answer_of ON opinion_answer (opinion_id, at);
