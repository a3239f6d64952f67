-- The office's policy and appointment types, which apply to every agent. Its hours and blocks are in the tables
-- `availability_rules` and `blocks`.

CREATE TABLE office (
    only_one           boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    name               text NOT NULL,
    time_zone          text NOT NULL,
    locale             text NOT NULL,
    travel_minutes     integer NOT NULL,
    max_holds_per_lead integer NOT NULL,
    updated_at         timestamptz NOT NULL,
    -- How often the office has changed, its types included.
    version            bigint NOT NULL,
    -- The log position of the office's last event, any of which may change the free time of every agent.
    calendar_position  bigint NOT NULL
);

CREATE TABLE appointment_types (
    code                  text COLLATE "C" PRIMARY KEY,
    -- Display names, by language tag.
    name                  jsonb NOT NULL,
    duration_minutes      integer NOT NULL,
    slot_step_minutes     integer NOT NULL,
    buffer_before_minutes integer NOT NULL,
    buffer_after_minutes  integer NOT NULL,
    min_notice_minutes    bigint NOT NULL,
    horizon_days          integer NOT NULL,
    daily_limit           integer,
    location_kind         text NOT NULL,
    -- A retired type cannot be booked, but is kept for its appointments.
    retired               boolean NOT NULL,
    -- How often it has changed.
    version               bigint NOT NULL
);
