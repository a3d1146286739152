-- What of a person is searched: name, id and telephone, in small letters without accents, a line
-- each. Empty until the server has filled it in, which it does before it answers.
ALTER TABLE responder ADD COLUMN search {name} NOT NULL DEFAULT '';
-- Everything that a search reads of those whom it passes over.
CREATE INDEX responder_search ON responder (org_no, search, id, skills, standing, no);
CREATE INDEX responder_unsearched ON responder (no) WHERE search = '';
