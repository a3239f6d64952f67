-- Properties: where each is, when it can be visited, and who has its keys. Never how to get in.

CREATE TABLE properties (
    property_id text COLLATE "C" PRIMARY KEY,
    -- The comuna's official code.
    comuna_code text COLLATE "C" NOT NULL,
    -- Title, address and id in small letters.
    searched    text NOT NULL,
    -- All of it as the read model keeps it. Never searched.
    property    jsonb NOT NULL,
    -- How often it has changed, counted from 1.
    version     bigint NOT NULL
);
ALTER TABLE properties ALTER COLUMN property SET STATISTICS 0;
CREATE INDEX properties_by_comuna ON properties (comuna_code, property_id);
