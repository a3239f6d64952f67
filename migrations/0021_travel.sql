-- Where appointments and holds take place, so that the way between two visits follows from their distance; how quick agents
-- are, as the office says; and the types of appointments that each agent does.

ALTER TABLE bookings ADD COLUMN coordinates jsonb;
ALTER TABLE holds ADD COLUMN coordinates jsonb;
ALTER TABLE office ADD COLUMN travel jsonb;
ALTER TABLE agents ADD COLUMN appointment_types jsonb NOT NULL DEFAULT '[]';

-- The agents with visits whose distance is known: what is cached of their free time leaves it out.
CREATE INDEX bookings_located ON bookings USING gist (reach) WHERE coordinates IS NOT NULL;
