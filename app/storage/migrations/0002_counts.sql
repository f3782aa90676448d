-- What a request was for, and our own counts beside the server's: from the two a factor per model is learned.
-- `usage_details`: JSON of what few servers report; NULL for nearly every row.

ALTER TABLE ledger ADD COLUMN kind TEXT NOT NULL DEFAULT 'reply';
ALTER TABLE ledger ADD COLUMN input_estimate INTEGER;
ALTER TABLE ledger ADD COLUMN output_estimate INTEGER;
ALTER TABLE ledger ADD COLUMN counter TEXT NOT NULL DEFAULT '';
ALTER TABLE ledger ADD COLUMN usage_details TEXT;

CREATE INDEX ledger_by_model ON ledger (provider, model, started_at, kind);
