-- A file beside the conclusion of its item: a paper like any other, which stands with the conclusion.
ALTER TABLE paper
    ADD COLUMN of_conclusion boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT paper_conclusion_is_of_an_item CHECK (NOT of_conclusion OR agenda_item_id IS NOT NULL);
ALTER TABLE paper_upload ADD COLUMN of_conclusion boolean NOT NULL DEFAULT false;
