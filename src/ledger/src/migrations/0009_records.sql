-- Whoever wants to be called after an incident, or is not well, and which coordinator sees to it. What was
-- said stands in alert_report alone, sealed; this outlives it until somebody has called.
CREATE TABLE follow_up (
  alert_id {name} PRIMARY KEY,
  incident_id {name} NOT NULL REFERENCES incident (id),
  org_no BIGINT NOT NULL REFERENCES org (no),
  responder_no BIGINT NOT NULL REFERENCES responder (no),
  asked_at BIGINT NOT NULL,
  -- the sub of a coordinator's token
  taken_by {name},
  taken_at BIGINT,
  done_at BIGINT
);
CREATE INDEX follow_up_open ON follow_up (org_no, asked_at, alert_id) WHERE done_at IS NULL;
CREATE INDEX follow_up_done ON follow_up (done_at) WHERE done_at IS NOT NULL;

-- How a closed incident ended; empty until the server has filled it in, which it does before it answers.
ALTER TABLE incident ADD COLUMN outcome TEXT;
-- Everything that a search for closed incidents reads of those that it passes over.
CREATE INDEX incident_history ON incident
  (org_no, opened_at, no, is_open, kind, outcome, exercise, cell, source_id) WHERE is_open = 0;
CREATE INDEX incident_unended ON incident (no) WHERE is_open = 0 AND outcome IS NULL;

-- The incident is closed, and a report of danger of it rings still.
ALTER TABLE incident ADD COLUMN unheard BIGINT NOT NULL DEFAULT 0;
CREATE INDEX incident_unheard ON incident (org_no, no) WHERE unheard = 1;
-- Of those that were closed before, rather one too many: the next change of it corrects that.
UPDATE incident SET unheard = 1 WHERE is_open = 0
  AND id IN (SELECT incident_id FROM alert WHERE body LIKE '%"in_danger":true%');
