import Foundation
import GRDB

/// Commits that survive a power cut, one row each; each lane has a database of its own.
enum CommitStages {
    static func all(folder: ScratchFolder) -> [FloorStage] {
        [
            FloorStage(
                name: "SQLite commit", shape: "WAL, synchronous = FULL", unit: "1/s", amount: 1
            ) { lane in
                let file = folder.url.appending(path: "\(lane)-\(UUID().uuidString).sqlite")
                let queue = try open(file)
                return {
                    try queue.write { try $0.execute(sql: "INSERT INTO event (what) VALUES ('x')") }
                }
            }
        ]
    }

    private static func open(_ file: URL) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA journal_mode = WAL")
            try database.execute(sql: "PRAGMA synchronous = FULL")
        }
        let queue = try DatabaseQueue(path: file.path, configuration: configuration)
        try queue.write {
            try $0.execute(sql: "CREATE TABLE event (id INTEGER PRIMARY KEY, what TEXT)")
        }
        return queue
    }
}
