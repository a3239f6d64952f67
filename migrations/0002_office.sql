-- What holds for every agent: the office's policy and its appointment types. Its hours and blocks are in the tables
-- of everyone's hours and blocks.

CREATE TABLE office (
    only_one           boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    name               text NOT NULL,
    time_zone          text NOT NULL,
    locale             text NOT NULL,
    travel_minutes     integer NOT NULL,
    max_holds_per_lead integer NOT NULL,
    updated_at         timestamptz NOT NULL,
    version            bigint NOT NULL,
    -- The place in the log of the last event that changed what is free with every agent: any of the office's.
    calendar_position  bigint NOT NULL
);

CREATE TABLE appointment_types (
    code                  text COLLATE "C" PRIMARY KEY,
    -- What people read, by language tag.
    name                  jsonb NOT NULL,
    duration_minutes      integer NOT NULL,
    slot_step_minutes     integer NOT NULL,
    buffer_before_minutes integer NOT NULL,
    buffer_after_minutes  integer NOT NULL,
    min_notice_minutes    bigint NOT NULL,
    horizon_days          integer NOT NULL,
    daily_limit           integer,
    location_kind         text NOT NULL,
    -- Kept when it can no longer be booked: appointments of it still stand.
    retired               boolean NOT NULL
);
