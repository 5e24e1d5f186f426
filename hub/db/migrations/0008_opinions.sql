-- What people say of a text: who may say what there, what became of suggestions, comments beside the text, and notices.

-- A role given to one person in one text; without a row the role in the meeting decides (hub/access.py).
CREATE TABLE document_role (
    document_id uuid NOT NULL REFERENCES document ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES app_user,
    role text NOT NULL CHECK (role IN ('reader', 'commenter', 'editor', 'owner')),
    given_by uuid NOT NULL REFERENCES app_user,
    given_at timestamptz NOT NULL,
    PRIMARY KEY (document_id, user_id)
);

-- A suggestion lives in the text until it is decided; its words are kept here as they were then.
CREATE TABLE suggestion_decision (
    document_id uuid NOT NULL REFERENCES document ON DELETE CASCADE,
    author_id uuid NOT NULL REFERENCES app_user,
    suggestion_id text NOT NULL CHECK (length(suggestion_id) <= 40),
    decision text NOT NULL CHECK (decision IN ('accepted', 'rejected')),
    reason text NOT NULL DEFAULT '' CHECK (length(reason) <= 2000),
    place text NOT NULL,
    removed text NOT NULL,
    added text NOT NULL,
    proposed_at timestamptz NOT NULL,   -- by the author's own clock
    by uuid NOT NULL REFERENCES app_user,
    at timestamptz NOT NULL,
    PRIMARY KEY (document_id, author_id, suggestion_id)
);

-- Comments are a shared document beside the text, which only the hub writes: so author and time are true.
ALTER TABLE document ADD COLUMN parent_id uuid REFERENCES document ON DELETE CASCADE;
ALTER TABLE document DROP CONSTRAINT document_kind_check;
ALTER TABLE document ADD CONSTRAINT document_kind_check
    CHECK (kind IN ('agenda', 'draft_resolution', 'minutes', 'comments'));
ALTER TABLE document ADD CONSTRAINT document_parent_check CHECK ((kind = 'comments') = (parent_id IS NOT NULL));
CREATE UNIQUE INDEX document_one_comments ON document (parent_id) WHERE parent_id IS NOT NULL;

CREATE FUNCTION begin_comments() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO document (meeting_id, kind, parent_id, created_at)
    VALUES (NEW.meeting_id, 'comments', NEW.id, NEW.created_at);
    RETURN NULL;
END $$;
CREATE TRIGGER document_gets_comments AFTER INSERT ON document FOR EACH ROW
    WHEN (NEW.kind IN ('draft_resolution', 'minutes')) EXECUTE FUNCTION begin_comments();
INSERT INTO document (meeting_id, kind, parent_id, created_at)
    SELECT meeting_id, 'comments', id, created_at FROM document WHERE kind IN ('draft_resolution', 'minutes');

-- Something somebody ought to see: so far, that he was named in a comment.
CREATE TABLE notice (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES app_user ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('mention', 'reply')),
    meeting_id uuid NOT NULL REFERENCES meeting ON DELETE CASCADE,
    document_id uuid NOT NULL REFERENCES document ON DELETE CASCADE,
    thread_id text NOT NULL,
    by uuid NOT NULL REFERENCES app_user,
    at timestamptz NOT NULL,
    read_at timestamptz
);
CREATE INDEX notice_of_user ON notice (user_id, at DESC);
