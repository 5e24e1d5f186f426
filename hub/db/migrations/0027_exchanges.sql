-- Exchange of views on an item while the meeting sits: opened and closed by who runs it, moderated, in the record or off it.
CREATE TABLE exchange (
    item_id uuid PRIMARY KEY REFERENCES agenda_item ON DELETE CASCADE,  -- a row: it is open
    meeting_id uuid NOT NULL REFERENCES meeting ON DELETE CASCADE,
    opened_at timestamptz NOT NULL,
    opened_by uuid NOT NULL REFERENCES app_user
);
CREATE INDEX exchange_meeting ON exchange (meeting_id);

ALTER TABLE opinion
    ADD COLUMN in_sitting boolean NOT NULL DEFAULT false,    -- said in the exchange, not before the meeting
    ADD COLUMN hidden_at timestamptz,                        -- by who runs the meeting; the words stay for him and the author
    ADD COLUMN hidden_by uuid REFERENCES app_user,
    ADD COLUMN hidden_reason text NOT NULL DEFAULT '' CHECK (length(hidden_reason) <= 1000);
ALTER TABLE opinion_answer
    ADD COLUMN withdrawn_at timestamptz,
    ADD COLUMN hidden_at timestamptz,
    ADD COLUMN hidden_by uuid REFERENCES app_user,
    ADD COLUMN hidden_reason text NOT NULL DEFAULT '' CHECK (length(hidden_reason) <= 1000);

-- What stands with a conclusion is most often the conclusion itself, signed.
INSERT INTO paper_kind (name, position) VALUES ('Kết luận, thông báo kết luận', 9);
