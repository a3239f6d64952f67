-- The agents, and the hours of agents and office. Ids are compared byte by byte, as everywhere else in Citas, so that
-- lists and cursors have one order.

CREATE TABLE agents (
    agent_id              text COLLATE "C" PRIMARY KEY,
    name                  text NOT NULL,
    time_zone             text NOT NULL,
    email                 text,
    phone                 text,
    inherits_office_hours boolean NOT NULL,
    active                boolean NOT NULL,
    registered_at         timestamptz NOT NULL,
    updated_at            timestamptz NOT NULL,
    -- How often profile, hours, exceptions or blocks have changed.
    version               bigint NOT NULL,
    -- The log position of the last event that changed the agent's calendar. Entries of the slot cache computed since
    -- then are valid as long as this stays.
    calendar_position     bigint NOT NULL DEFAULT 0
);

-- The owner of hours and blocks is named by its stream: agent-… or office.
CREATE TABLE availability_rules (
    stream                    text COLLATE "C" NOT NULL,
    rule_id                   uuid NOT NULL,
    day_of_week               smallint NOT NULL,
    -- Minutes after local midnight; 1440 for 24:00, which the type time supports but its clients do not.
    start_minute              smallint NOT NULL CHECK (start_minute BETWEEN 0 AND 1440),
    end_minute                smallint NOT NULL CHECK (end_minute BETWEEN 0 AND 1440),
    is_recurring              boolean NOT NULL,
    valid_from                date,
    valid_until               date,
    appointment_type          text COLLATE "C",
    max_appointments_per_slot integer NOT NULL,
    PRIMARY KEY (stream, rule_id)
);

-- Dates on which an agent has other hours than the weekly ones.
CREATE TABLE date_exceptions (
    agent_id  text COLLATE "C" NOT NULL,
    date      date NOT NULL,
    -- [{"start_time": "09:00", "end_time": "13:00"}, …]; empty = closed.
    intervals jsonb NOT NULL,
    PRIMARY KEY (agent_id, date)
);
