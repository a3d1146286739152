-- Alerts lie under their incident, in the order of asking. Their names say which incident that is, so that no
-- index finds them by name but those of before.
-- What a node of before still writes must not fall between the copy and the end of the old table.
{postgres}LOCK TABLE alert IN ACCESS EXCLUSIVE MODE;

CREATE TABLE alert_of_incident (
  incident_id {name} NOT NULL,
  -- place in the order of asking
  ord BIGINT NOT NULL,
  -- id of the incident and place, unless it is of before
  id {name} NOT NULL,
  responder_no BIGINT NOT NULL,
  state TEXT NOT NULL,
  is_open BIGINT NOT NULL,
  -- which proofs are in the history: 1 sent, 2 received, 4 seen
  said BIGINT NOT NULL,
  body TEXT NOT NULL,
  -- 1 when the name says nothing
  apart BIGINT,
  PRIMARY KEY (incident_id, ord)
) {clustered};
INSERT INTO alert_of_incident
  SELECT incident_id, ord, id, responder_no, state, is_open, said, body, 1
  FROM alert ORDER BY incident_id, ord;

DROP TABLE alert;
ALTER TABLE alert_of_incident RENAME TO alert;
CREATE INDEX alert_of_responder ON alert (responder_no) WHERE is_open = 1;
CREATE INDEX alert_apart ON alert (id) WHERE apart = 1;

-- Whose claims an incident has, its alerts say.
DROP INDEX claim_of_incident;
CREATE INDEX claim_let_go ON responder_claim (responder_no) WHERE incident_id IS NULL;
