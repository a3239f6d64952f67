-- Appointments that are released unless they are confirmed in time.

ALTER TABLE appointment_types
    -- How long before its start an appointment has to be confirmed; null = it need not be.
    ADD COLUMN confirm_before_minutes bigint;

ALTER TABLE appointments
    -- It is released unless it is confirmed by then; null = it need not be confirmed, or not any more.
    ADD COLUMN confirm_by         timestamptz,
    -- What has cancelled it, where nobody asked for it, such as `released`.
    ADD COLUMN cancellation_cause text;
