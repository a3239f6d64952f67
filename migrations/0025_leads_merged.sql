-- What the office asks of the bookings of leads, and leads that were merged into others.

ALTER TABLE office ADD COLUMN visit_needs_property boolean NOT NULL DEFAULT false;

-- The lead that it is one with; null = it was never merged into another.
ALTER TABLE leads ADD COLUMN merged_into text COLLATE "C";
-- The leads that were merged into one, to find their appointments.
CREATE INDEX leads_merged ON leads (merged_into) WHERE merged_into IS NOT NULL;
