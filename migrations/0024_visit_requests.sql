-- Visits that occupants or owners of the property have to approve.

ALTER TABLE appointments
    -- What is asked of them and until when, who has approved it, what was proposed instead; null = nobody is asked.
    ADD COLUMN request jsonb;
