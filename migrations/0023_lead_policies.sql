-- What the office allows one lead: two appointments at one time, and how many visits ahead.

ALTER TABLE office
    ADD COLUMN lead_overlap text NOT NULL DEFAULT 'allow' CHECK (lead_overlap IN ('refuse', 'allow')),
    -- NULL = any number.
    ADD COLUMN max_live_visits_per_lead integer;
