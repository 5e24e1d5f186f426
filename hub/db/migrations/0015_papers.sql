-- Papers: files that belong to a meeting, their versions, who was given and who opened them; files of one's own; notes.
-- The bytes are not here: each content is a file named by its sha256 in the papers' folder (hub/papers/store.py).

-- Loại tài liệu. Data, not an enum: a commune adds its own; without a unit it is everybody's.
CREATE TABLE paper_kind (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    unit_id uuid REFERENCES unit ON DELETE CASCADE,   -- the commune's root unit
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    position int NOT NULL DEFAULT 0,
    retired boolean NOT NULL DEFAULT false            -- in use, and no longer offered
);
INSERT INTO paper_kind (name, position) VALUES
    ('Tờ trình', 1), ('Dự thảo', 2), ('Báo cáo', 3), ('Báo cáo thẩm tra', 4), ('Phụ lục', 5),
    ('Giấy mời, chương trình', 6), ('Tài liệu tham khảo', 7), ('Tài liệu khác', 8);

-- One row a content, whoever uploaded it and how often.
CREATE TABLE paper_file (
    sha256 bytea PRIMARY KEY CHECK (octet_length(sha256) = 32),
    size bigint NOT NULL CHECK (size > 0),
    format text NOT NULL CHECK (format IN ('pdf', 'docx', 'xlsx', 'pptx', 'png', 'jpeg', 'webp')),
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'ready', 'failed')),
    failure text,                                     -- a word of a fixed list
    pdf_sha256 bytea,                                 -- what LibreOffice made of it, also a file of the folder
    pdf_size bigint,
    pages int,
    tries int NOT NULL DEFAULT 0,
    at timestamptz NOT NULL
);
CREATE INDEX paper_file_waiting ON paper_file (at) WHERE state = 'waiting';

-- What a file says, page by page; for reading where nothing can draw it, for finding a quote again, and for search.
CREATE TABLE paper_text (
    sha256 bytea NOT NULL REFERENCES paper_file ON DELETE CASCADE,
    page int NOT NULL,
    text text NOT NULL,
    PRIMARY KEY (sha256, page)
);

CREATE TABLE paper (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    meeting_id uuid NOT NULL REFERENCES meeting ON DELETE CASCADE,
    agenda_item_id uuid REFERENCES agenda_item,       -- null: of the meeting as a whole
    kind_id uuid NOT NULL REFERENCES paper_kind,
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 300),
    position int NOT NULL DEFAULT 0,
    made_at timestamptz NOT NULL,
    removed_at timestamptz
);
CREATE INDEX paper_meeting ON paper (meeting_id);
CREATE INDEX paper_item ON paper (agenda_item_id) WHERE agenda_item_id IS NOT NULL;

CREATE TABLE paper_version (
    paper_id uuid NOT NULL REFERENCES paper ON DELETE CASCADE,
    number int NOT NULL CHECK (number > 0),
    sha256 bytea NOT NULL REFERENCES paper_file,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 255),  -- of the file as it was uploaded
    note text NOT NULL DEFAULT '' CHECK (length(note) <= 500),  -- what changed, in the uploader's words
    by uuid NOT NULL REFERENCES app_user,
    at timestamptz NOT NULL,
    PRIMARY KEY (paper_id, number)
);
CREATE INDEX paper_version_file ON paper_version (sha256);

-- Which version reached whose device, and which was opened in the reader.
CREATE TABLE paper_reader (
    paper_id uuid NOT NULL,
    number int NOT NULL,
    user_id uuid NOT NULL REFERENCES app_user ON DELETE CASCADE,
    delivered_at timestamptz NOT NULL,
    opened_at timestamptz,
    PRIMARY KEY (paper_id, number, user_id),
    FOREIGN KEY (paper_id, number) REFERENCES paper_version ON DELETE CASCADE
);
CREATE INDEX paper_reader_person ON paper_reader (user_id, paper_id);

-- Personal folders: files of one's own, and links to papers of meetings.
CREATE TABLE own_folder (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES app_user ON DELETE CASCADE,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    UNIQUE (user_id, name)
);
CREATE TABLE own_file (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES app_user ON DELETE CASCADE,
    folder_id uuid REFERENCES own_folder,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 255),
    sha256 bytea REFERENCES paper_file,
    paper_id uuid REFERENCES paper ON DELETE CASCADE,
    at timestamptz NOT NULL,
    CHECK ((sha256 IS NULL) <> (paper_id IS NULL))
);
CREATE INDEX own_file_person ON own_file (user_id);
CREATE INDEX own_file_content ON own_file (sha256) WHERE sha256 IS NOT NULL;
CREATE UNIQUE INDEX own_file_link_once ON own_file (user_id, paper_id) WHERE paper_id IS NOT NULL;

-- Files on their way. The row's lock orders the pieces; `received` is what is on the disk.
CREATE TABLE paper_upload (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES app_user ON DELETE CASCADE,
    meeting_id uuid REFERENCES meeting ON DELETE CASCADE,       -- null: a file of one's own
    agenda_item_id uuid REFERENCES agenda_item,
    paper_id uuid REFERENCES paper ON DELETE CASCADE,           -- the paper it becomes a new version of
    kind_id uuid REFERENCES paper_kind,
    folder_id uuid REFERENCES own_folder ON DELETE SET NULL,
    title text NOT NULL,
    note text NOT NULL DEFAULT '',
    name text NOT NULL,
    size bigint NOT NULL,
    sha256 bytea,                                               -- what the sender says it is
    received bigint NOT NULL DEFAULT 0,
    finishing_at timestamptz,
    arrived text,                                               -- the answer, for who did not hear it
    touched_at timestamptz NOT NULL
);
CREATE INDEX paper_upload_person ON paper_upload (user_id);
CREATE INDEX paper_upload_touched ON paper_upload (touched_at);

-- Highlights and notes. Read by their author alone: no query of the product reads them without his id.
CREATE TABLE paper_note (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES app_user ON DELETE CASCADE,
    paper_id uuid NOT NULL REFERENCES paper ON DELETE CASCADE,
    number int NOT NULL,                              -- the version it was written in
    page int NOT NULL CHECK (page BETWEEN 1 AND 20000),
    quote text NOT NULL DEFAULT '' CHECK (length(quote) <= 2000),
    before text NOT NULL DEFAULT '' CHECK (length(before) <= 200),
    after text NOT NULL DEFAULT '' CHECK (length(after) <= 200),
    text text NOT NULL DEFAULT '' CHECK (length(text) <= 5000),
    colour text NOT NULL DEFAULT 'amber' CHECK (colour IN ('amber', 'green', 'blue', 'red')),
    placed_number int NOT NULL,                       -- the newest version in which its passage was looked for
    placed_page int,                                  -- and on which page it was found; null: orphaned
    at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL
);
CREATE INDEX paper_note_person ON paper_note (user_id, paper_id);
CREATE INDEX paper_note_paper ON paper_note (paper_id);
