CREATE TABLE attempt (
    task INTEGER NOT NULL REFERENCES task (id),
    number INTEGER NOT NULL CHECK (number >= 1),
    worker INTEGER NOT NULL REFERENCES label (id),
    granted_at INTEGER NOT NULL,
    ended_at INTEGER,
    outcome TEXT,
    failure BLOB,
    seconds REAL,
    peak_bytes INTEGER,
    core INTEGER REFERENCES label (id),
    CHECK ((ended_at IS NULL) = (outcome IS NULL)),
    PRIMARY KEY (task, number)
) STRICT, WITHOUT ROWID
CREATE INDEX attempt_open ON attempt (task) WHERE ended_at IS NULL
CREATE TABLE document (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    bytes BLOB NOT NULL
) STRICT
CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)
CREATE TABLE job (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    specification BLOB NOT NULL CHECK (length(specification) = 32),
    specification_bytes INTEGER NOT NULL CHECK (specification_bytes >= 0),
    phase TEXT NOT NULL,
    reason TEXT,
    submitted_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT
CREATE TABLE label (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
) STRICT
CREATE TABLE meta (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    epoch INTEGER NOT NULL
, generation INTEGER NOT NULL DEFAULT 0, attempt_floor INTEGER NOT NULL DEFAULT 0, is_backup INTEGER NOT NULL DEFAULT 0
    CHECK (is_backup IN (0, 1))) STRICT
CREATE TABLE result (
    id INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE CHECK (length(key) = 32),
    kind INTEGER NOT NULL REFERENCES label (id),
    is_valid INTEGER NOT NULL CHECK (is_valid IN (0, 1)),
    outputs BLOB NOT NULL,
    facts BLOB NOT NULL
) STRICT
CREATE TABLE result_input (
    key BLOB NOT NULL CHECK (length(key) = 32),
    position INTEGER NOT NULL,
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    byte_count INTEGER NOT NULL CHECK (byte_count >= 0),
    PRIMARY KEY (key, position)
) STRICT, WITHOUT ROWID
CREATE TABLE task (
    id INTEGER PRIMARY KEY,
    job INTEGER NOT NULL REFERENCES job (id),
    name TEXT NOT NULL,
    kind INTEGER NOT NULL REFERENCES label (id),
    stage INTEGER NOT NULL REFERENCES label (id),
    phase INTEGER NOT NULL DEFAULT 0 CHECK (phase IN (0, 1, 2)),
    attempts INTEGER NOT NULL DEFAULT 0,
    origin INTEGER CHECK (origin IN (0, 1)),
    key BLOB REFERENCES result (key) DEFERRABLE INITIALLY DEFERRED,
    ended_at INTEGER,
    CHECK ((phase = 1) = (key IS NOT NULL AND origin IS NOT NULL)),
    UNIQUE (job, name)
) STRICT
CREATE INDEX task_by_key ON task (key) WHERE key IS NOT NULL
CREATE TABLE task_failure (
    task INTEGER PRIMARY KEY REFERENCES task (id),
    failure BLOB NOT NULL
) STRICT
CREATE TABLE worker (
    name TEXT PRIMARY KEY,
    incarnation INTEGER NOT NULL,
    host TEXT NOT NULL,
    slots INTEGER NOT NULL CHECK (slots >= 0),
    memory_bytes INTEGER NOT NULL CHECK (memory_bytes >= 0),
    last_seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID
