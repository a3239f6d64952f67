-- What the office means by each part of the day. Slots are searched by them.

ALTER TABLE office
    -- By part, such as {"morning": {"start_time": "06:00", "end_time": "12:00"}}.
    ADD COLUMN parts_of_day jsonb NOT NULL DEFAULT '{
        "morning": {"start_time": "06:00", "end_time": "12:00"},
        "afternoon": {"start_time": "12:00", "end_time": "19:00"},
        "evening": {"start_time": "19:00", "end_time": "22:00"}
    }';
