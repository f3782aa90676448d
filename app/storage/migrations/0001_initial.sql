-- Moments are ISO 8601 in UTC with microseconds, so that they sort as text. Money is exact decimal text.

CREATE TABLE conversations (
    id         TEXT PRIMARY KEY,
    title      TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    provider   TEXT,
    model      TEXT,
    leaf_id    TEXT,
    system     TEXT NOT NULL
) STRICT;

CREATE INDEX conversations_by_update ON conversations (updated_at, id);

-- A tree per conversation; the branch shown ends at conversations.leaf_id.
CREATE TABLE messages (
    number          INTEGER PRIMARY KEY,
    id              TEXT NOT NULL UNIQUE,
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    parent_id       TEXT REFERENCES messages (id) DEFERRABLE INITIALLY DEFERRED,
    created_at      TEXT NOT NULL,
    role            TEXT NOT NULL,
    provider        TEXT,
    model           TEXT,
    parts           TEXT NOT NULL, -- JSON
    stop            TEXT,
    error           TEXT NOT NULL
) STRICT;

CREATE INDEX messages_by_conversation ON messages (conversation_id, created_at);
CREATE INDEX messages_by_parent ON messages (parent_id);

CREATE VIRTUAL TABLE message_words USING fts5 (text, tokenize = 'unicode61 remove_diacritics 2');

CREATE TRIGGER forget_words AFTER DELETE ON messages BEGIN
    DELETE FROM message_words WHERE rowid = old.number;
END;

-- Replies that are arriving. `owner` is the process that receives them: see presence.py.
CREATE TABLE running_replies (
    reply_id        TEXT PRIMARY KEY,
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    parent_id       TEXT,
    provider        TEXT NOT NULL,
    model           TEXT NOT NULL,
    started_at      TEXT NOT NULL,
    owner           TEXT NOT NULL
) STRICT;

CREATE TABLE reply_deltas (
    number    INTEGER PRIMARY KEY,
    reply_id  TEXT NOT NULL REFERENCES running_replies (reply_id) ON DELETE CASCADE,
    text      TEXT NOT NULL,
    reasoning TEXT NOT NULL
) STRICT;

CREATE INDEX reply_deltas_by_reply ON reply_deltas (reply_id, number);

-- One row per request sent. It outlives the conversation: what was spent stays spent.
CREATE TABLE ledger (
    id                    TEXT PRIMARY KEY,
    started_at            TEXT NOT NULL,
    provider              TEXT NOT NULL,
    model                 TEXT NOT NULL,
    format                TEXT NOT NULL,
    preset                TEXT NOT NULL,
    stop                  TEXT NOT NULL,
    error                 TEXT NOT NULL,
    attempt               INTEGER NOT NULL,
    conversation_id       TEXT,
    message_id            TEXT,
    input_tokens          INTEGER,
    cached_tokens         INTEGER,
    cache_write_tokens    INTEGER,
    cache_write_1h_tokens INTEGER,
    output_tokens         INTEGER,
    reasoning_tokens      INTEGER,
    reported_usd          TEXT,
    service_tier          TEXT,
    cost_usd              TEXT,
    cost_status           TEXT NOT NULL,
    cost_source           TEXT NOT NULL,
    rates                 TEXT, -- JSON
    first_token_ms        INTEGER,
    total_ms              INTEGER
) STRICT;

CREATE INDEX ledger_by_time ON ledger (started_at);
CREATE INDEX ledger_by_conversation ON ledger (conversation_id, started_at);
