-- What became of appointments.

-- Who did not come, if the status is no_show: lead, agent or occupant.
ALTER TABLE appointments ADD COLUMN no_show_by text;
