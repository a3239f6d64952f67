-- What takes an agent's time: appointments, holds, external busy time and blocks, as far as the recent past.
--
-- Beside `appointments`, because an appointment that moves from one agent to another takes the time of both until
-- both streams have told of it.

CREATE TABLE bookings (
    agent_id                  text COLLATE "C" NOT NULL,
    appointment_id            uuid NOT NULL,
    lead_id                   text COLLATE "C" NOT NULL,
    appointment_type          text COLLATE "C" NOT NULL,
    property_id               text COLLATE "C",
    start                     timestamptz NOT NULL,
    "end"                     timestamptz NOT NULL,
    buffer_before_minutes     integer NOT NULL,
    buffer_after_minutes      integer NOT NULL,
    -- How many its slot had room for when it was booked.
    max_appointments_per_slot integer NOT NULL,
    -- From the start less the buffer before to the end and the buffer after.
    reach                     tstzrange NOT NULL,
    PRIMARY KEY (agent_id, appointment_id),
    -- The alarm: two of one agent that overlap, neither of which shares its slot. Decisions never let it happen; should
    -- one, the database says so, and the agent is parked.
    CONSTRAINT bookings_do_not_overlap EXCLUDE USING gist (
        agent_id WITH =,
        tstzrange(start, "end") WITH &&
    ) WHERE (max_appointments_per_slot = 1)
);

-- The bookings that can matter to a range.
CREATE INDEX bookings_in_reach ON bookings USING gist (agent_id, reach);
-- Who has visits at a property: of them alone it matters that there is no way between two visits there.
CREATE INDEX bookings_at_property ON bookings (property_id) WHERE property_id IS NOT NULL;
-- Those that are over are forgotten.
CREATE INDEX bookings_by_end ON bookings (agent_id, "end");

CREATE TABLE holds (
    agent_id              text COLLATE "C" NOT NULL,
    hold_id               uuid NOT NULL,
    lead_id               text COLLATE "C" NOT NULL,
    appointment_type      text COLLATE "C" NOT NULL,
    property_id           text COLLATE "C",
    start                 timestamptz NOT NULL,
    "end"                 timestamptz NOT NULL,
    buffer_before_minutes integer NOT NULL,
    buffer_after_minutes  integer NOT NULL,
    expires_at            timestamptz NOT NULL,
    PRIMARY KEY (agent_id, hold_id)
);

-- Few are live at any time, of however many agents.
CREATE INDEX holds_by_expiry ON holds (expires_at);

CREATE TABLE external_busy (
    agent_id text COLLATE "C" NOT NULL,
    busy_id  text COLLATE "C" NOT NULL,
    -- Which calendar says so.
    source   text NOT NULL,
    start    timestamptz NOT NULL,
    "end"    timestamptz NOT NULL,
    PRIMARY KEY (agent_id, busy_id)
);

CREATE INDEX external_busy_in_calendar ON external_busy USING gist (agent_id, tstzrange(start, "end"));
-- What is over is forgotten.
CREATE INDEX external_busy_by_end ON external_busy (agent_id, "end");

CREATE TABLE blocks (
    stream      text COLLATE "C" NOT NULL,
    block_id    uuid NOT NULL,
    start       timestamptz NOT NULL,
    "end"       timestamptz NOT NULL,
    time_zone   text NOT NULL,
    local_start timestamp NOT NULL,
    local_end   timestamp NOT NULL,
    reason      text NOT NULL,
    -- RFC 5545 RRULE value.
    recurrence  text,
    PRIMARY KEY (stream, block_id)
);
