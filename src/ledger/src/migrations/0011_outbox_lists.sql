-- Pushes of the same content lie in one row: a decision that asks fifty people writes one and not fifty.
-- What a node of before still writes must not fall between the copy and the end of the old table.
{postgres}LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE;

CREATE TABLE outbox_list (
  -- the largest number that there was when it was written
  no {number},
  -- nothing when the pushes are of no incident
  incident_id {name},
  kind TEXT NOT NULL,
  -- 0 is urgent
  class BIGINT NOT NULL,
  version BIGINT NOT NULL,
  role TEXT NOT NULL,
  exercise BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  -- which phone fails, and why, as JSON; of pushes that tell of it
  about TEXT,
  created_at BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  -- number of the node that sends them
  owner BIGINT NOT NULL,
  -- JSON, a list of what is still to be sent: number of the push, alert, responder, device by number, and
  -- put_off while nobody takes it: "phone" when that may be the phone's own fault, "service" when so it is
  -- for everybody whom the same service reaches
  recipients TEXT NOT NULL
);
INSERT INTO outbox_list
  SELECT no, CASE WHEN incident_id = '' THEN NULL ELSE incident_id END, kind, class, version, role,
    exercise, expires_at, about, created_at, attempts, due_at, owner,
    '[{"no":' || no || ',"alert":"' || alert_id || '","responder":' || responder_no
      || ',"device":' || device_no
      || CASE put_off WHEN 1 THEN ',"put_off":"phone"' WHEN 2 THEN ',"put_off":"service"' ELSE '' END
      || '}]'
  FROM outbox ORDER BY no;

DROP TABLE outbox;
ALTER TABLE outbox_list RENAME TO outbox;
CREATE INDEX outbox_due ON outbox (due_at);
CREATE INDEX outbox_of_incident ON outbox (incident_id);
