-- What overlaps a time is searched by start: nothing that began longer before it than the longest appointment lasts. Few last
-- longer than four hours, and only they are in this index.

CREATE INDEX appointments_of_hours ON appointments (("end" - start)) WHERE "end" - start > interval '4 hours';
