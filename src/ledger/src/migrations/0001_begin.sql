-- Ids are TEXT, instants BIGINT milliseconds, truth values 0 or 1. Words in braces are what
-- engines call differently: a key that numbers itself, a key that is given, a name that is
-- compared byte by byte, bytes.

CREATE TABLE meta (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

CREATE TABLE org (
  no {identity},
  id {name} NOT NULL UNIQUE
);

CREATE TABLE responder (
  no {identity},
  org_no BIGINT NOT NULL REFERENCES org (no),
  id {name} NOT NULL,
  name TEXT NOT NULL,
  phone TEXT,
  skills BIGINT NOT NULL,
  travel TEXT NOT NULL,
  exercises BIGINT NOT NULL,
  standing TEXT NOT NULL,
  on_duty BIGINT NOT NULL,
  -- at this instant on_duty turns into its opposite
  duty_until BIGINT,
  version BIGINT NOT NULL,
  -- the live index has yet to hear of a change
  dirty BIGINT NOT NULL,
  UNIQUE (org_no, id)
);
CREATE INDEX responder_duty ON responder (duty_until) WHERE duty_until IS NOT NULL;
CREATE INDEX responder_dirty ON responder (no) WHERE dirty = 1;

CREATE TABLE device (
  no {identity},
  responder_no BIGINT NOT NULL REFERENCES responder (no),
  id {name} NOT NULL,
  platform TEXT NOT NULL,
  address {name} NOT NULL,
  -- grows with each new address, so that a late answer about an old one kills nothing
  generation BIGINT NOT NULL,
  -- why no push reaches it any more
  dead_reason TEXT,
  UNIQUE (responder_no, id)
);
-- whole, so that registering a phone looks up its address and never reads all phones
CREATE UNIQUE INDEX device_address ON device (address);

CREATE TABLE incident (
  no {number},
  id {name} NOT NULL UNIQUE,
  org_no BIGINT NOT NULL REFERENCES org (no),
  state TEXT NOT NULL,
  is_open BIGINT NOT NULL,
  version BIGINT NOT NULL,
  kind TEXT NOT NULL,
  exercise BIGINT NOT NULL,
  opened_at BIGINT NOT NULL,
  closed_at BIGINT,
  wake_at BIGINT,
  -- H3 cell of resolution 8: what anybody may know
  cell BIGINT,
  source_system TEXT,
  source_id {name},
  duplicates TEXT NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX incident_org ON incident (org_no, no);
CREATE INDEX incident_open ON incident (org_no, no) WHERE is_open = 1;
CREATE INDEX incident_wake ON incident (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX incident_cell ON incident (cell) WHERE is_open = 1;
CREATE INDEX incident_closed ON incident (closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX incident_source ON incident (org_no, source_system, source_id)
  WHERE is_open = 1 AND source_id IS NOT NULL;

CREATE TABLE incident_key (
  incident_id {name} PRIMARY KEY REFERENCES incident (id),
  secret {bytes} NOT NULL
);

CREATE TABLE incident_private (
  incident_id {name} PRIMARY KEY REFERENCES incident (id),
  sealed {bytes} NOT NULL
);

-- What is written for everybody whom an incident concerns (alert, responder_claim, event, outbox)
-- is written by the transaction that has read and locked what it refers to, so the engine is not
-- asked to look again.
CREATE TABLE alert (
  id {name} PRIMARY KEY,
  incident_id {name} NOT NULL,
  responder_no BIGINT NOT NULL,
  ord BIGINT NOT NULL,
  state TEXT NOT NULL,
  is_open BIGINT NOT NULL,
  -- which proofs are in the history: 1 sent, 2 received, 4 seen
  said BIGINT NOT NULL,
  body TEXT NOT NULL,
  UNIQUE (incident_id, ord)
);
CREATE INDEX alert_of_responder ON alert (responder_no) WHERE is_open = 1;

CREATE TABLE responder_claim (
  responder_no {number},
  -- nothing once they were let go
  alert_id {name},
  incident_id {name},
  engaged BIGINT NOT NULL,
  exercise BIGINT NOT NULL,
  -- so often the profile changed by claims; belongs to responder.version, and is added to it
  -- later, because these rows lie together and those of responders do not
  renewed BIGINT NOT NULL
);
-- without those who were let go: they would lie apart from each other
CREATE INDEX claim_of_incident ON responder_claim (incident_id) WHERE incident_id IS NOT NULL;

CREATE TABLE event (
  seq {number},
  incident_id {name} NOT NULL,
  org_no BIGINT NOT NULL,
  at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  type TEXT NOT NULL,
  schema_version BIGINT NOT NULL,
  alert_id {name},
  actor TEXT NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX event_of_incident ON event (incident_id, seq);
CREATE INDEX event_of_org ON event (org_no, seq);

CREATE TABLE incident_text (
  event_seq {number} REFERENCES event (seq),
  incident_id {name} NOT NULL REFERENCES incident (id),
  sealed {bytes} NOT NULL
);
CREATE INDEX text_of_incident ON incident_text (incident_id);

CREATE TABLE idempotency (
  org_no BIGINT NOT NULL,
  key {name} NOT NULL,
  incident_id {name} NOT NULL REFERENCES incident (id),
  body_mac {bytes} NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (org_no, key)
);
CREATE INDEX idempotency_at ON idempotency (at);
CREATE INDEX idempotency_of_incident ON idempotency (incident_id);

CREATE TABLE outbox (
  no {number},
  incident_id {name} NOT NULL,
  alert_id {name} NOT NULL,
  responder_no BIGINT NOT NULL,
  device_no BIGINT NOT NULL,
  -- the device's, when the push was last leased
  generation BIGINT NOT NULL,
  kind TEXT NOT NULL,
  -- 0 is urgent
  class BIGINT NOT NULL,
  version BIGINT NOT NULL,
  role TEXT NOT NULL,
  exercise BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  -- number of the node that sends it
  owner BIGINT NOT NULL
);
CREATE INDEX outbox_due ON outbox (due_at);
CREATE INDEX outbox_of_alert ON outbox (alert_id);

CREATE TABLE node (
  no {identity},
  -- the database's clock; silent for too long means dead
  beat_at BIGINT NOT NULL
);

CREATE TABLE last_known (
  responder_no {number} REFERENCES responder (no),
  -- H3 cell of resolution 9; those inside a coarser cell follow each other
  cell BIGINT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX last_known_inside ON last_known (cell);
CREATE INDEX last_known_at ON last_known (at);
