import GRDB

/// The tables, as numbered steps that are only ever added to.
///
/// Rows that change often (`task`, `attempt`) are narrow: texts that repeat are kept once in
/// `label`. Large and rarely read things (outputs, facts) lie in `result`.
enum LedgerSchema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 jobs, tasks, attempts, results") { connection in
            try connection.execute(
                sql: "PRAGMA application_id = \(LedgerConnection.applicationID)")
            for table in [meta, label, job, result, task, attempt, worker] {
                try connection.execute(sql: table)
            }
        }
        migrator.registerMigration("2 documents, copies put back") { connection in
            for statement in [document, term] { try connection.execute(sql: statement) }
        }
        return migrator
    }

    private static let meta = """
        CREATE TABLE meta (
            only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
            epoch INTEGER NOT NULL
        ) STRICT;
        INSERT INTO meta VALUES (1, 0);
        """

    private static let label = """
        CREATE TABLE label (
            id INTEGER PRIMARY KEY,
            text TEXT NOT NULL UNIQUE
        ) STRICT;
        """

    private static let job = """
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
        ) STRICT;
        """

    private static let result = """
        CREATE TABLE result (
            id INTEGER PRIMARY KEY,
            key BLOB NOT NULL UNIQUE CHECK (length(key) = 32),
            kind INTEGER NOT NULL REFERENCES label (id),
            is_valid INTEGER NOT NULL CHECK (is_valid IN (0, 1)),
            outputs BLOB NOT NULL,
            facts BLOB NOT NULL
        ) STRICT;
        CREATE TABLE result_input (
            key BLOB NOT NULL CHECK (length(key) = 32),
            position INTEGER NOT NULL,
            digest BLOB NOT NULL CHECK (length(digest) = 32),
            byte_count INTEGER NOT NULL CHECK (byte_count >= 0),
            PRIMARY KEY (key, position)
        ) STRICT, WITHOUT ROWID;
        """

    // phase: 0 open, 1 done, 2 failed; origin: 0 computed, 1 cached.
    private static let task = """
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
        ) STRICT;
        CREATE INDEX task_by_key ON task (key) WHERE key IS NOT NULL;
        CREATE TABLE task_failure (
            task INTEGER PRIMARY KEY REFERENCES task (id),
            failure BLOB NOT NULL
        ) STRICT;
        """

    private static let attempt = """
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
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX attempt_open ON attempt (task) WHERE ended_at IS NULL;
        """

    private static let worker = """
        CREATE TABLE worker (
            name TEXT PRIMARY KEY,
            incarnation INTEGER NOT NULL,
            host TEXT NOT NULL,
            slots INTEGER NOT NULL CHECK (slots >= 0),
            memory_bytes INTEGER NOT NULL CHECK (memory_bytes >= 0),
            last_seen_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    private static let document = """
        CREATE TABLE document (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            bytes BLOB NOT NULL
        ) STRICT;
        """

    // generation: how often an older copy was put back; is_backup: this file is such a copy.
    private static let term = """
        ALTER TABLE meta ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE meta ADD COLUMN attempt_floor INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE meta ADD COLUMN is_backup INTEGER NOT NULL DEFAULT 0
            CHECK (is_backup IN (0, 1));
        """
}
