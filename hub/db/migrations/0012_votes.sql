-- Votes: the question, who may answer, and the answers. A person's name and a secret paper never meet in one row, one
-- statement or one transaction; see docs/votes.md.

CREATE TABLE vote (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    meeting_id uuid NOT NULL REFERENCES meeting ON DELETE CASCADE,
    item_ids uuid[] NOT NULL CHECK (cardinality(item_ids) BETWEEN 1 AND 50),  -- several: a block of undisputed items
    position int NOT NULL,                   -- the order in which the meeting goes through its votes
    kind text NOT NULL CHECK (kind IN ('question', 'election')),
    question text NOT NULL CHECK (length(question) BETWEEN 1 AND 2000),
    options text[] NOT NULL DEFAULT '{}' CHECK (cardinality(options) <= 100),
    choose int NOT NULL DEFAULT 1 CHECK (choose BETWEEN 1 AND 100),           -- of an election: places to fill
    secrecy text NOT NULL CHECK (secrecy IN ('open', 'secret')),
    on_paper boolean NOT NULL DEFAULT false, -- secret, on paper: only counts are entered, by two people
    rule_id text NOT NULL,
    rule_version int NOT NULL,
    silence text NOT NULL CHECK (silence IN ('not-voting', 'agree')),
    may_change boolean NOT NULL DEFAULT false CHECK (NOT (may_change AND secrecy = 'secret')),
    live_count boolean NOT NULL DEFAULT false CHECK (NOT (live_count AND secrecy = 'secret')),
    rehearsal boolean NOT NULL DEFAULT false,
    document_id uuid REFERENCES document ON DELETE SET NULL,                  -- what is voted on, as it stood:
    document_hash bytea,                                                      -- sha256 of the version locked for it
    suggestion_id text,                      -- one suggestion of that document
    members int CHECK (members > 0),         -- of the body; null until opening where nobody said it: who was invited
    seats int CHECK (seats > 0),             -- of the body, filled or not; some rules ask
    state text NOT NULL DEFAULT 'prepared' CHECK (state IN ('prepared', 'open', 'paused', 'closed', 'annulled')),
    present int,                             -- when it was opened; when it was closed, once it is
    needs_presence boolean NOT NULL DEFAULT true,
    late_admitted boolean NOT NULL DEFAULT true,
    opened_at timestamptz,
    opened_seq bigint,                       -- of vote.opened in the meeting's line
    closed_at timestamptz,
    salt bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),                 -- of the roll's hash
    result jsonb
);
CREATE INDEX vote_meeting ON vote (meeting_id, position);
CREATE UNIQUE INDEX vote_one_open ON vote (meeting_id) WHERE state IN ('open', 'paused');

-- Who may answer, as of the opening.
CREATE TABLE vote_voter (
    vote_id uuid NOT NULL REFERENCES vote ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES app_user,
    chair boolean NOT NULL,
    present boolean NOT NULL,
    seen boolean NOT NULL DEFAULT false,     -- has the vote on a screen
    PRIMARY KEY (vote_id, user_id)
);

-- Answers of open votes: the roll.
CREATE TABLE ballot (
    vote_id uuid NOT NULL,
    user_id uuid NOT NULL,
    choice text[] NOT NULL,
    remark text CHECK (length(remark) <= 2000),  -- of another opinion
    receipt text NOT NULL,
    cast_at timestamptz NOT NULL,
    entered_by uuid REFERENCES app_user,     -- a paper entered by two people; null: cast by the voter
    confirmed_by uuid REFERENCES app_user,
    PRIMARY KEY (vote_id, user_id),
    FOREIGN KEY (vote_id, user_id) REFERENCES vote_voter ON DELETE CASCADE,
    CHECK ((entered_by IS NULL) = (confirmed_by IS NULL) AND entered_by IS DISTINCT FROM confirmed_by OR entered_by IS NULL)
);

-- A paper entered by one person, waiting for the second.
CREATE TABLE ballot_entered (
    vote_id uuid NOT NULL,
    user_id uuid NOT NULL,
    choice text[] NOT NULL,
    entered_by uuid NOT NULL REFERENCES app_user,
    at timestamptz NOT NULL,
    PRIMARY KEY (vote_id, user_id),
    FOREIGN KEY (vote_id, user_id) REFERENCES vote_voter ON DELETE CASCADE
);

-- Counts of a secret vote on paper, as each of two people counted them.
CREATE TABLE paper_count (
    vote_id uuid NOT NULL REFERENCES vote ON DELETE CASCADE,
    entered_by uuid NOT NULL REFERENCES app_user,
    counts jsonb NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (vote_id, entered_by)
);

-- Secret votes. The key signs papers it cannot read; `private` is destroyed at the closing.
CREATE TABLE vote_key (
    vote_id uuid PRIMARY KEY REFERENCES vote ON DELETE CASCADE,
    public text NOT NULL,                    -- SubjectPublicKeyInfo, PEM
    private bytea
);

-- Phát ra: who was given a signature, and a hash of the blinded bytes it was for, so that a lost answer can be given again.
CREATE TABLE vote_issue (
    vote_id uuid NOT NULL,
    user_id uuid NOT NULL,
    blinded bytea NOT NULL,
    PRIMARY KEY (vote_id, user_id),
    FOREIGN KEY (vote_id, user_id) REFERENCES vote_voter ON DELETE CASCADE
);

-- Thu về: the box. No person, no time, no number in order; each batch is written in the order of its hashes.
CREATE TABLE vote_paper (
    vote_id uuid NOT NULL REFERENCES vote ON DELETE CASCADE,
    id bytea NOT NULL,                       -- sha256 of the message
    message bytea NOT NULL,
    signature bytea NOT NULL,
    PRIMARY KEY (vote_id, id)
);
