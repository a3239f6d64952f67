-- How far the read model is, and what it leaves out.
--
-- The position is written in the transaction that writes the rows of the events up to it, so rows and position never
-- part. Nobody writes without holding this row's lock.

CREATE TABLE projection (
    -- There is one row, always.
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    -- The place in the log up to which everything is in the tables.
    position bigint NOT NULL CHECK (position >= 0),
    -- Whether they have once had everything that the log had. Before that, much of what there is would seem not to be.
    caught_up boolean NOT NULL DEFAULT false,
    -- Which tables these are. Made anew they have another id, so that nothing that was computed from others of the same
    -- name, and is kept outside, is taken for theirs.
    tables_id uuid NOT NULL DEFAULT gen_random_uuid()
);

INSERT INTO projection (position) VALUES (0);

-- Streams whose events are left out from one on that could not be applied: it cannot be read, does not follow from those
-- before it, or breaks a rule of the tables. A person has to look; a rebuild begins without parked streams.
CREATE TABLE parked_streams (
    stream     text COLLATE "C" PRIMARY KEY,
    -- The event at which it was parked.
    position   bigint NOT NULL,
    revision   bigint NOT NULL,
    event_type text NOT NULL,
    -- What is wrong with it, without anything of its content.
    reason     text NOT NULL,
    parked_at  timestamptz NOT NULL DEFAULT now()
);
