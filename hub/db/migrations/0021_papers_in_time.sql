-- Papers in time: how early a body sends them out and reminds those who owe them; since when units were asked for theirs.

ALTER TABLE call_rule ADD COLUMN paper_days int CHECK (paper_days BETWEEN 0 AND 60);  -- working days; null: as the rule file says
ALTER TABLE call_rule ADD COLUMN paper_remind int[] CHECK (cardinality(paper_remind) <= 6);  -- working days before the last day

-- Who prepares a draft asked the units for their papers then: from that moment they may know what of it is theirs to prepare.
ALTER TABLE meeting_call ADD COLUMN papers_asked_at timestamptz;
