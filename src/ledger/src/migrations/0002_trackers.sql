-- Other apps that report a responder's position, each with a credential of its own.
CREATE TABLE tracker (
  no {identity},
  -- the user name
  id {name} NOT NULL UNIQUE,
  responder_no BIGINT NOT NULL REFERENCES responder (no),
  label TEXT,
  -- of the secret, which is shown once and kept nowhere
  secret_hash {bytes} NOT NULL,
  made_at BIGINT NOT NULL,
  made_by TEXT NOT NULL
);
CREATE INDEX tracker_of_responder ON tracker (responder_no);
