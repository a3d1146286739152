-- One-time codes by which a phone signs in; a new one replaces the old.
CREATE TABLE enrolment_code (
  responder_no {number} REFERENCES responder (no),
  -- SHA-256 of the code, in hex: whoever reads this table cannot sign in
  code_hash {name} NOT NULL UNIQUE,
  expires_at BIGINT NOT NULL
);

-- Phones that signed in by a code. A token that names a device counts while its row is here.
CREATE TABLE phone_session (
  responder_no BIGINT NOT NULL REFERENCES responder (no),
  device_id {name} NOT NULL,
  since BIGINT NOT NULL,
  PRIMARY KEY (responder_no, device_id)
);

-- What a phone last said of itself, and its last test alert.
CREATE TABLE phone_state (
  responder_no BIGINT NOT NULL REFERENCES responder (no),
  device_id {name} NOT NULL,
  -- words of the report that are counted, and the whole of it
  alarm TEXT,
  position TEXT,
  report TEXT,
  reported_at BIGINT,
  -- last receipt of an alert
  received_at BIGINT,
  test_id {name},
  test_sent_at BIGINT,
  test_received_at BIGINT,
  PRIMARY KEY (responder_no, device_id)
);

-- Weekly hours in which a responder wants no alerts, as they read on the clocks of their zone.
CREATE TABLE quiet_hours (
  responder_no {number} REFERENCES responder (no),
  hours TEXT NOT NULL
);

-- What responders tell after an incident, sealed with the incident's key.
CREATE TABLE alert_report (
  alert_id {name} PRIMARY KEY,
  incident_id {name} NOT NULL REFERENCES incident (id),
  at BIGINT NOT NULL,
  sealed {bytes} NOT NULL
);
CREATE INDEX report_of_incident ON alert_report (incident_id);
