-- Papers among what search finds, and the place in a paper that a question is about.

ALTER TABLE passage DROP CONSTRAINT passage_kind_check;
ALTER TABLE passage ADD CONSTRAINT passage_kind_check
    CHECK (kind IN ('title', 'agenda', 'minutes', 'conclusion', 'resolution', 'transcript', 'paper'));
ALTER TABLE passage ADD COLUMN paper_id uuid REFERENCES paper ON DELETE CASCADE;  -- `block` is the page then
ALTER TABLE passage ADD CONSTRAINT passage_paper_check CHECK ((kind = 'paper') = (paper_id IS NOT NULL));
CREATE INDEX passage_paper ON passage (paper_id) WHERE paper_id IS NOT NULL;

-- Which page of which version of its paper an opinion speaks of; null: of the paper as a whole.
ALTER TABLE opinion ADD COLUMN paper_number int CHECK (paper_number > 0);
ALTER TABLE opinion ADD COLUMN page int CHECK (page BETWEEN 1 AND 20000);
