-- The read model's position in the log, and the parked streams.
--
-- The position is written in the same transaction as the rows of the events up to it, so they always agree. Every
-- writer holds this row's lock.

CREATE TABLE projection (
    -- There is always one row.
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    -- The log position up to which all events are in the tables, except those of parked streams.
    position bigint NOT NULL CHECK (position >= 0),
    -- Whether the tables have once caught up with the log. Before that, queries would not find much of what exists.
    caught_up boolean NOT NULL DEFAULT false,
    -- The fencing token of the lease whose holder may write: a writer with another one changes nothing. 0 before anybody led.
    leader_token bigint NOT NULL DEFAULT 0,
    -- The id of these tables. Recreated tables have another, so that entries of the slot cache from earlier tables of
    -- the same name are not used.
    tables_id uuid NOT NULL DEFAULT gen_random_uuid()
);

INSERT INTO projection (position) VALUES (0);

-- Streams whose events are left out, from the first that could not be applied: it cannot be read, does not follow from
-- the events before it, or breaks a constraint. An operator has to decide; a rebuild begins without parked streams.
CREATE TABLE parked_streams (
    stream     text COLLATE "C" PRIMARY KEY,
    -- The event at which it was parked.
    position   bigint NOT NULL,
    revision   bigint NOT NULL,
    event_type text NOT NULL,
    -- What is wrong with that event, without any of its content.
    reason     text NOT NULL,
    parked_at  timestamptz NOT NULL DEFAULT now()
);
