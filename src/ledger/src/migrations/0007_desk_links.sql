-- One-time codes by which a desk signs in.
CREATE TABLE desk_link (
  -- SHA-256 of the code, in hex: whoever reads this table cannot sign in
  code_hash {name} PRIMARY KEY,
  org_no BIGINT NOT NULL REFERENCES org (no),
  role TEXT NOT NULL,
  sub TEXT NOT NULL,
  expires_at BIGINT NOT NULL
);
