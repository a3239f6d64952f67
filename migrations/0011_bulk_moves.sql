-- Bulk moves: the plan of each, and the outcome of its visits.

CREATE TABLE bulk_moves (
    move_id  uuid PRIMARY KEY,
    -- As `GET /v1/moves/{move_id}` shows it, with up to 500 visits. Never searched.
    progress jsonb NOT NULL,
    -- How often it has changed, counted from 1.
    version  bigint NOT NULL
);
-- No query searches in this column.
ALTER TABLE bulk_moves ALTER COLUMN progress SET STATISTICS 0;
