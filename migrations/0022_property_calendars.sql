-- The time of properties: visit hours, exceptions, blocks, limits and who may show them. Their visits are in `bookings` and
-- `holds`, which are the agents'.

CREATE TABLE property_calendars (
    property_id       text COLLATE "C" PRIMARY KEY,
    -- Everything of it, as the slot search reads it: read and written whole, never searched.
    calendar          jsonb NOT NULL,
    -- The position of the last event of the property.
    calendar_position bigint NOT NULL
);
ALTER TABLE property_calendars ALTER COLUMN calendar SET STATISTICS 0;
