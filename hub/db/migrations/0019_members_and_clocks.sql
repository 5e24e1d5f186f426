-- Who votes is said of each participant, a vote may have a time limit, and a meeting keeps the rule its type named.

ALTER TABLE participant ADD COLUMN member boolean;  -- of the body, where somebody said so; null: as his place in the meeting has it
ALTER TABLE participant ADD COLUMN votes boolean NOT NULL GENERATED ALWAYS AS (
    role <> 'guest' AND coalesce(member, role <> 'secretary')) STORED;  -- a guest, and so a substitute, never

ALTER TABLE vote
    ADD COLUMN seconds int CHECK (seconds BETWEEN 10 AND 7200),  -- null: until it is closed by hand
    ADD COLUMN at_zero text NOT NULL DEFAULT 'closes' CHECK (at_zero IN ('closes', 'warns')),
    ADD COLUMN ends_at timestamptz,                              -- while its time runs
    ADD COLUMN left_ms int CHECK (left_ms >= 0);                 -- of its time, while it is paused
CREATE INDEX vote_running_out ON vote (ends_at) WHERE state = 'open' AND at_zero = 'closes';

ALTER TABLE meeting ADD COLUMN rule_pack text NOT NULL DEFAULT '' CHECK (length(rule_pack) <= 80);  -- of the type it was made from
UPDATE meeting m SET rule_pack = t.rule_pack FROM meeting_type t WHERE t.id = m.type_id AND m.state IN ('draft', 'published');
