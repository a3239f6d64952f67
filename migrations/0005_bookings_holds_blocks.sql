-- What takes an agent's time: bookings, holds, external busy time and blocks, back to the recent past.
--
-- Bookings are apart from `appointments`, because an appointment that is handed over takes the time of both agents from
-- when it is reserved with the new one until the old one has decided. They are of the agents' streams: what is reserved is
-- a row like any other, and the appointment takes its place when it is received.

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
    -- The capacity of its slot when it was booked.
    max_appointments_per_slot integer NOT NULL,
    -- From the start minus the buffer before to the end plus the buffer after.
    reach                     tstzrange NOT NULL,
    PRIMARY KEY (agent_id, appointment_id),
    -- Two bookings of one agent, neither of which shares its slot, must not overlap. Decisions never allow it; should
    -- one do so, this constraint fails and the agent's stream is parked. The hash comes first because GiST compares
    -- texts so slowly that the check would take twice as long; the text is only compared where hash and times agree.
    CONSTRAINT bookings_do_not_overlap EXCLUDE USING gist (
        hashtextextended(agent_id, 0) WITH =,
        tstzrange(start, "end") WITH &&,
        agent_id WITH =
    ) WHERE (max_appointments_per_slot = 1)
);

-- The bookings that can affect a range.
CREATE INDEX bookings_in_reach ON bookings USING gist (agent_id, reach);
-- The agents with visits at a property: only for them do further visits there need no travel time.
CREATE INDEX bookings_at_property ON bookings (property_id) WHERE property_id IS NOT NULL;
-- For deleting past bookings.
CREATE INDEX bookings_by_end ON bookings (agent_id, "end");

CREATE TABLE holds (
    agent_id                  text COLLATE "C" NOT NULL,
    hold_id                   uuid NOT NULL,
    lead_id                   text COLLATE "C" NOT NULL,
    appointment_type          text COLLATE "C" NOT NULL,
    property_id               text COLLATE "C",
    start                     timestamptz NOT NULL,
    "end"                     timestamptz NOT NULL,
    buffer_before_minutes     integer NOT NULL,
    buffer_after_minutes      integer NOT NULL,
    -- The capacity of its slot when it was made.
    max_appointments_per_slot integer NOT NULL,
    expires_at                timestamptz NOT NULL,
    PRIMARY KEY (agent_id, hold_id)
);

-- A hold is asked for by its own id.
CREATE INDEX holds_by_id ON holds (hold_id);
-- Few holds are live at any time, however many agents there are.
CREATE INDEX holds_by_expiry ON holds (expires_at);
-- For deleting past holds.
CREATE INDEX holds_by_end ON holds (agent_id, LEAST("end", expires_at));

CREATE TABLE external_busy (
    agent_id text COLLATE "C" NOT NULL,
    busy_id  text COLLATE "C" NOT NULL,
    -- The external calendar.
    source   text NOT NULL,
    start    timestamptz NOT NULL,
    "end"    timestamptz NOT NULL,
    PRIMARY KEY (agent_id, busy_id)
);

CREATE INDEX external_busy_in_calendar ON external_busy USING gist (agent_id, tstzrange(start, "end"));
-- For deleting past busy times.
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
