-- When a phone is to be looked at, because it should have been heard from by then; nothing while
-- there is nothing to expect of it. And what its owner was told of it last.
ALTER TABLE phone_state ADD COLUMN look_at BIGINT;
ALTER TABLE phone_state ADD COLUMN told_id TEXT;
ALTER TABLE phone_state ADD COLUMN told_why TEXT;
-- which failure of that kind
ALTER TABLE phone_state ADD COLUMN told_mark TEXT;
ALTER TABLE phone_state ADD COLUMN told_at BIGINT;
CREATE INDEX phone_state_look ON phone_state (look_at) WHERE look_at IS NOT NULL;

-- Phones that failed before anybody was told of such things, and 48 hours for all others.
UPDATE phone_state SET look_at = reported_at + 172800000 WHERE reported_at IS NOT NULL;
INSERT INTO phone_state (responder_no, device_id, look_at)
  SELECT responder_no, id, 0 FROM device WHERE dead_reason IS NOT NULL
  ON CONFLICT (responder_no, device_id) DO UPDATE SET look_at = 0;

-- Which phone fails, and why, as JSON; of pushes that tell of it.
ALTER TABLE outbox ADD COLUMN about TEXT;
