-- What requests on their way are expected to cost, so that nobody spends it a second time. `owner` is the process
-- that sent them: see presence.py.

CREATE TABLE reservations (
    id       TEXT PRIMARY KEY,
    provider TEXT NOT NULL,
    usd      TEXT NOT NULL,
    owner    TEXT NOT NULL
) STRICT;
