-- What tells the log that the tables follow from another one, and what keeps their leader from following it.

-- The last event that is in the tables: a log that does not have it there is another one, such as that of a store which was
-- replaced or restored to an earlier moment, and nothing of it is projected. Null before the first event.
ALTER TABLE projection
    ADD COLUMN landmark_stream   text COLLATE "C",
    ADD COLUMN landmark_revision bigint,
    ADD COLUMN landmark_position bigint,
    ADD COLUMN landmark_id       uuid,
    ADD CONSTRAINT landmark_is_whole
        CHECK (num_nulls(landmark_stream, landmark_revision, landmark_position, landmark_id) IN (0, 4));

-- What holds the holder up, for people to read; null if nothing does.
ALTER TABLE leases ADD COLUMN trouble text;
