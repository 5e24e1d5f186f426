-- Rooms, the accounts of their devices, what the devices said of themselves, orders and what became of them.

CREATE TABLE room (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    unit_id uuid NOT NULL REFERENCES unit,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    spoken_at timestamptz,  -- last moment a hub spoke for the room with the broker up; old: nobody does
    simulated boolean NOT NULL DEFAULT false  -- the hub runs a simulated room for it
);
CREATE INDEX room_unit ON room (unit_id);
ALTER TABLE meeting ADD CONSTRAINT meeting_room FOREIGN KEY (room_id) REFERENCES room;
CREATE INDEX meeting_room_id ON meeting (room_id, starts_at) WHERE room_id IS NOT NULL;

-- Who may come to the broker and below which topics ("hall" stands for hall and hall/#). Passwords are made by the hub,
-- 128 random bits, so a plain hash is enough.
CREATE TABLE room_account (
    username text PRIMARY KEY CHECK (username ~ '^[a-z0-9][a-z0-9_-]{1,59}$'),
    room_id uuid NOT NULL REFERENCES room ON DELETE CASCADE,
    password_hash bytea NOT NULL,
    roots text[] NOT NULL CHECK (cardinality(roots) BETWEEN 1 AND 20),
    any_discovery boolean NOT NULL DEFAULT false,  -- a bridge announces devices under their own names
    active boolean NOT NULL DEFAULT true
);
CREATE INDEX room_account_room ON room_account (room_id);

-- A device keeps its id for ever; what it says of itself is its last announcement. `value` is its last own report.
CREATE TABLE room_device (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    room_id uuid NOT NULL REFERENCES room ON DELETE CASCADE,
    key text NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    unit text NOT NULL,
    announced bytea NOT NULL,
    gone boolean NOT NULL DEFAULT false,
    value jsonb,
    value_at timestamptz,
    available boolean NOT NULL DEFAULT false,
    alarm text,
    UNIQUE (room_id, key)
);

CREATE TABLE room_order (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    room_id uuid NOT NULL REFERENCES room ON DELETE CASCADE,
    device_id uuid NOT NULL REFERENCES room_device ON DELETE CASCADE,
    value jsonb NOT NULL,
    reason text NOT NULL,
    by uuid REFERENCES app_user,   -- null: a rule of the room
    meeting_id uuid REFERENCES meeting,
    at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'sent', 'answered', 'alarmed', 'superseded'))
);
CREATE INDEX room_order_open ON room_order (room_id, at) WHERE state IN ('new', 'sent');
CREATE INDEX room_order_device ON room_order (device_id, at DESC);

-- What happened in a room, for ever: who turned the lights off, and did they go off?
CREATE TABLE room_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    room_id uuid NOT NULL REFERENCES room ON DELETE CASCADE,
    device_id uuid REFERENCES room_device ON DELETE CASCADE,
    order_id uuid REFERENCES room_order ON DELETE CASCADE,
    kind text NOT NULL,
    value jsonb,
    detail text,
    at timestamptz NOT NULL
);
CREATE INDEX room_event_room ON room_event (room_id, id DESC);

-- Wrong codes typed or scanned, so that guessing is slowed.
CREATE TABLE check_in_attempt (
    by_whom text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX check_in_attempt_whom ON check_in_attempt (by_whom, at);
ALTER TABLE participant ADD COLUMN checked_in_how text CHECK (checked_in_how IN ('qr', 'code', 'reader', 'manual'));
