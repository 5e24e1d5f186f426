-- Notes are written without a network, on several devices of one person: a change says which edition it was made from.
ALTER TABLE paper_note ADD COLUMN edition int NOT NULL DEFAULT 1 CHECK (edition > 0);
