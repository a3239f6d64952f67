-- Leadership: of several processes, one at a time does the work of a name, such as the projection.
--
-- A lease is held for a few seconds, and renewed each second. Only this server's clock decides when it has expired. A rebuild
-- takes the leases over into the new tables.

CREATE TABLE leases (
    name           text COLLATE "C" PRIMARY KEY,
    -- The process that holds it, or held it last. The server's sessions of that process have it in their names; whoever takes
    -- the lease over ends them. Null once it has released it, or if they have no such name.
    holder         uuid,
    -- The fencing token, greater with every holder. What a holder writes is checked against it, so that one who has lost the
    -- lease without knowing it writes nothing.
    token          bigint NOT NULL CHECK (0 < token),
    -- Nobody leads after this instant.
    expires_at     timestamptz NOT NULL,
    -- The position of the log's last event, as the holder last saw it.
    log_end        bigint NOT NULL DEFAULT 0,
    -- Everything that was in the log at this instant has been done. Null until then.
    complete_until timestamptz
);
