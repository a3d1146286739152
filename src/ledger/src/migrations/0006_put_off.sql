-- Nobody takes this push for now: 1 when that may be the phone's own fault, 2 when so it is for
-- everybody whom the same service reaches.
ALTER TABLE outbox ADD COLUMN put_off BIGINT NOT NULL DEFAULT 0;
