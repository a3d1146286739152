-- Events that were recorded together (of one incident, by one actor, at one instant, of one version) lie in
-- one row with a range of numbers: a decision that asks fifty people writes one row and not fifty.
-- What a node of before still writes must not fall between the copy and the end of the old tables.
{postgres}LOCK TABLE event, incident_text IN ACCESS EXCLUSIVE MODE;

CREATE TABLE event_range (
  last_seq {number},
  first_seq BIGINT NOT NULL,
  incident_id {name} NOT NULL,
  org_no BIGINT NOT NULL,
  at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  schema_version BIGINT NOT NULL,
  actor TEXT NOT NULL,
  -- a list of the events; the first has first_seq, the next the number after it
  body TEXT NOT NULL
);
INSERT INTO event_range
  SELECT seq, seq, incident_id, org_no, at, version, schema_version, actor, '[' || body || ']'
  FROM event ORDER BY seq;

-- A text keeps its number, which may lie within a range.
CREATE TABLE event_text (
  event_seq {number},
  incident_id {name} NOT NULL REFERENCES incident (id),
  sealed {bytes} NOT NULL
);
INSERT INTO event_text SELECT event_seq, incident_id, sealed FROM incident_text;

DROP TABLE incident_text;
DROP TABLE event;
ALTER TABLE event_range RENAME TO event;
ALTER TABLE event_text RENAME TO incident_text;
CREATE INDEX event_of_incident ON event (incident_id, last_seq);
CREATE INDEX event_of_org ON event (org_no, last_seq);
CREATE INDEX text_of_incident ON incident_text (incident_id);
