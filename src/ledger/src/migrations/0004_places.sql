-- Where responders usually are at given hours, by their own word. A place is the H3 cell of
-- resolution 10 around it, never the exact one.
CREATE TABLE usual_place (
  responder_no {number} REFERENCES responder (no),
  places TEXT NOT NULL,
  -- when the hours next begin or end, or while they run are to be seen to run
  look_at BIGINT NOT NULL
);
CREATE INDEX usual_place_due ON usual_place (look_at);

-- Whether somebody was seen by their hours only.
ALTER TABLE last_known ADD COLUMN by_hours BIGINT NOT NULL DEFAULT 0;
