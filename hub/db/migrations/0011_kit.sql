-- Kit that a unit administers by itself, and alarms that outlive the hub that raised them.

ALTER TABLE room_account ADD COLUMN name text NOT NULL DEFAULT '' CHECK (length(name) <= 100);  -- '': its user name
ALTER TABLE room_account ADD COLUMN made_at timestamptz;  -- null: before this was written down

-- Somebody has seen the alarm: `alarm` is null already, the hub that speaks for the room has yet to forget it too.
ALTER TABLE room_device ADD COLUMN acknowledged boolean NOT NULL DEFAULT false;
CREATE INDEX room_device_acknowledged ON room_device (room_id) WHERE acknowledged;

ALTER TABLE room_event ADD COLUMN by uuid REFERENCES app_user;  -- who did it, where it was no order
