-- Where video calls are held: in the agent's own room, or where the office's template says.

ALTER TABLE agents
    -- An https address.
    ADD COLUMN meeting_room_url text;

ALTER TABLE office
    -- An https address with {appointment_id} in it.
    ADD COLUMN meeting_link_template text;
