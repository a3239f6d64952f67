-- Blocks of whole days, of some agents only, and with occurrences that are left out or moved; where agents show properties.

ALTER TABLE blocks
    -- Of whole days: the first, and the last of several. `start` and `end` are those of the owner's zone.
    ADD COLUMN date date,
    ADD COLUMN until date,
    -- [{"date": "2026-12-07"}, {"date": …, "moved_to": {"local_start": …, "local_end": …}}, …], earliest date first.
    ADD COLUMN exceptions jsonb NOT NULL DEFAULT '[]',
    -- Of the office: names of regions, and ids of agents. Without either, it is for every agent.
    ADD COLUMN regions jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN agent_ids jsonb NOT NULL DEFAULT '[]',
    -- {"rule": …, "version": …}: what prescribes it.
    ADD COLUMN source jsonb;

ALTER TABLE agents
    -- Names or codes.
    ADD COLUMN comunas jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN regions jsonb NOT NULL DEFAULT '[]';
