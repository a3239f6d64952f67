-- Appointments as queries return them, with the history of each.
--
-- Every list has an index in its order: by start for each filter, and by creation and last update over all
-- appointments. The id makes every order total, which cursors need.

CREATE TABLE appointments (
    id               uuid PRIMARY KEY,
    lead_id          text COLLATE "C" NOT NULL,
    agent_id         text COLLATE "C" NOT NULL,
    appointment_type text COLLATE "C" NOT NULL,
    status           text COLLATE "C" NOT NULL,
    start            timestamptz NOT NULL,
    "end"            timestamptz NOT NULL,
    duration_minutes integer NOT NULL,
    -- The local start as agreed on. Citas compares it with the zone's rules, of which this server may have another
    -- version.
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
    -- How often it has changed, counted from 1; its agent's change is one.
    version          bigint NOT NULL,
    sequence         bigint NOT NULL,
    origin           text NOT NULL,
    -- While a stream is parked: {"agent id": version}, the version that the events of each agent have come to whose
    -- events have not come to that of the row. Never searched.
    behind           jsonb
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
    -- Its position in the log.
    position       bigint NOT NULL,
    agent_id       text COLLATE "C" NOT NULL,
    revision       bigint NOT NULL,
    event_id       uuid NOT NULL,
    event_type     text NOT NULL,
    -- The event's payload and metadata as JSON, exactly as in the event store.
    data           text NOT NULL,
    metadata       text NOT NULL,
    PRIMARY KEY (appointment_id, position)
);
-- No query searches in these columns.
ALTER TABLE appointment_history ALTER COLUMN data SET STATISTICS 0;
ALTER TABLE appointment_history ALTER COLUMN metadata SET STATISTICS 0;
