-- Appointments as they are shown, with everything that happened to each.
--
-- Every list has an index in the order in which it is read: by start under each filter, and by when they were booked
-- and last touched over all of them. The id makes every order total, which is what cursors rest on.

CREATE TABLE appointments (
    id               uuid PRIMARY KEY,
    lead_id          text COLLATE "C" NOT NULL,
    agent_id         text COLLATE "C" NOT NULL,
    appointment_type text COLLATE "C" NOT NULL,
    status           text COLLATE "C" NOT NULL,
    start            timestamptz NOT NULL,
    "end"            timestamptz NOT NULL,
    duration_minutes integer NOT NULL,
    -- The wall clock that was agreed on. Compared with the zone's rules by Citas, whose copy of them is not this server's.
    local_start      timestamp NOT NULL,
    time_zone        text NOT NULL,
    location         text,
    property_id      text COLLATE "C",
    notes            text,
    -- {"name", "email", "phone", "locale"}, those that are known.
    lead_contact     jsonb,
    reminder_sent    boolean NOT NULL,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    version          bigint NOT NULL,
    sequence         bigint NOT NULL,
    origin           text NOT NULL,
    -- Where in the log its agent got it; 0 once the agent gave it up to another.
    booked_position  bigint NOT NULL,
    -- While it moves to another agent: [{"row", "position"}], the row and the booked_position as those have them who
    -- have yet to give it up. Nobody looks for it there.
    left_behind      jsonb
);

CREATE INDEX appointments_by_start       ON appointments (start, id);
CREATE INDEX appointments_by_created_at  ON appointments (created_at, id);
CREATE INDEX appointments_by_updated_at  ON appointments (updated_at, id);
CREATE INDEX appointments_by_lead        ON appointments (lead_id, start, id);
CREATE INDEX appointments_by_agent       ON appointments (agent_id, start, id);
CREATE INDEX appointments_by_property    ON appointments (property_id, start, id) WHERE property_id IS NOT NULL;
CREATE INDEX appointments_by_status      ON appointments (status, start, id);
CREATE INDEX appointments_by_type        ON appointments (appointment_type, start, id);

CREATE TABLE appointment_history (
    appointment_id uuid NOT NULL,
    -- Its place in the whole log.
    position       bigint NOT NULL,
    agent_id       text COLLATE "C" NOT NULL,
    revision       bigint NOT NULL,
    event_id       uuid NOT NULL,
    event_type     text NOT NULL,
    -- The event's payload and metadata, in JSON, to the letter as the event store has them.
    data           text NOT NULL,
    metadata       text NOT NULL,
    PRIMARY KEY (appointment_id, position)
);
-- Nothing is ever found by them.
ALTER TABLE appointment_history ALTER COLUMN data SET STATISTICS 0;
ALTER TABLE appointment_history ALTER COLUMN metadata SET STATISTICS 0;
