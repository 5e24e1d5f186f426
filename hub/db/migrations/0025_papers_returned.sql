-- A paper that a unit handed in is returned to it with a reason, and the log of approval says so.

-- The steps are a list of the code (hub/preparing/models.py): a new step is no change of the database.
ALTER TABLE meeting_approval DROP CONSTRAINT meeting_approval_step_check;
ALTER TABLE meeting_approval ADD CONSTRAINT meeting_approval_step_check CHECK (step ~ '^[a-z-]{2,40}$');
