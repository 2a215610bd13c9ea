import Domain
import Foundation
import GRDB
import Testing

@testable import Ledger

@Suite struct `The upkeep of a ledger` {
    @Test func `moves a long log, and cuts it when nobody waits`() throws {
        try LedgerFixture.withFile { file in
            let ledger = try Ledger(file: file)
            try ledger.apply(Sample.beginning)
            let short = try ledger.upkeep()
            #expect(short.logBytes > 0)
            #expect(try ledger.upkeep(isIdle: true).logBytes == 0)
            let bytes = [UInt8](repeating: 1, count: 1 << 20)
            for number in 0..<9 { try ledger.apply([.document(name: "d\(number)", bytes)]) }
            let long = try ledger.upkeep()
            #expect(long.logBytes > LedgerUpkeep.logBytesDue)
            #expect(!long.isLogPinned)
            // The log was moved, so that the next batch begins it anew.
            try ledger.apply([.document(name: "d0", nil)])
            #expect(try ledger.upkeep().logBytes == long.logBytes)
        }
    }

    @Test func `gives empty pages back when nobody waits`() throws {
        try LedgerFixture.withFile { file in
            let ledger = try Ledger(file: file)
            let bytes = [UInt8](repeating: 1, count: 1 << 20)
            for number in 0..<4 { try ledger.apply([.document(name: "d\(number)", bytes)]) }
            for number in 0..<4 { try ledger.apply([.document(name: "d\(number)", nil)]) }
            let before = try ledger.statistics()
            #expect(before.freePages > 1_000)
            try ledger.upkeep(isIdle: true)
            let after = try ledger.statistics()
            #expect(after.freePages == before.freePages - LedgerUpkeep.pagesPerVacuum)
            #expect(after.databaseBytes < before.databaseBytes)
        }
    }

    @Test func `does not wait for a forgotten reader`() throws {
        try LedgerFixture.withFile { file in
            let ledger = try Ledger(file: file)
            try ledger.apply(Sample.beginning)
            let forgotten = try LedgerConnection.openBeside(path: file.path)
            try forgotten.read { connection in
                _ = try Int.fetchOne(connection, sql: "SELECT count(*) FROM job")
                try ledger.apply([.document(name: "d", [1])])
                #expect(try ledger.upkeep(isIdle: true).logBytes > 0)
            }
            #expect(try ledger.upkeep(isIdle: true).logBytes == 0)
        }
    }

    @Test func `notices when something lowers the durability`() throws {
        try LedgerFixture.withFile { file in
            let ledger = try Ledger(file: file)
            try ledger.database.writeWithoutTransaction {
                try $0.execute(sql: "PRAGMA synchronous = NORMAL")
            }
            let refusal = LedgerError.settingRefused(
                path: file.path, setting: "synchronous", expected: "2", actual: "1")
            #expect(throws: refusal) { try ledger.upkeep() }
        }
    }

    @Test func `migrates a ledger of the first version`() throws {
        try LedgerFixture.withFile { file in
            try Self.makeFirstVersion(file)
            let ledger = try Ledger(file: file)
            #expect(ledger.epoch == 8)
            #expect(ledger.attemptFloor == 0)
            try ledger.apply(Sample.beginning + [.document(name: "d", [1])])
            #expect(try ledger.document(named: "d") == [1])
            let schema = try ledger.database.read(LedgerFixture.schema)
            #expect(schema == (try LedgerFixture.snapshot("schema.sql")))
        }
    }

    /// A closed ledger as version 1 left it.
    static func makeFirstVersion(_ file: URL) throws {
        let database = try DatabaseQueue(path: file.path)
        let statements = try LedgerFixture.snapshot("schema-1.sql")
            .trimmingCharacters(in: .newlines).replacingOccurrences(
                of: "\nCREATE", with: ";\nCREATE")
        try database.write { connection in
            try connection.execute(
                sql: "PRAGMA application_id = \(LedgerConnection.applicationID)")
            try connection.execute(sql: statements)
            try connection.execute(
                sql: """
                    INSERT INTO grdb_migrations VALUES ('1 jobs, tasks, attempts, results');
                    INSERT INTO meta VALUES (1, 7);
                    """)
        }
        try database.close()
    }
}

@Suite struct `A place for a ledger` {
    private static let mounts = MountTable(
        mountInfo: """
            22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
            23 22 0:20 / /proc rw shared:12 - proc proc rw
            40 22 0:40 / /mnt/far\\040away rw - nfs4 server:/export rw
            41 22 0:41 / /mnt/far\\040away/near rw shared:1 master:2 - xfs /dev/vdb rw
            42 22 0:42 / /mnt/twice rw - xfs /dev/vdc rw
            43 42 0:43 / /mnt/twice rw - tmpfs tmpfs rw
            broken line
            44 22 0:43 / /mnt/short rw -
            """)

    @Test(arguments: [
        ("/", "ext4"), ("/home/a", "ext4"), ("/mnt/far away", "nfs4"),
        ("/mnt/far away/x/y", "nfs4"), ("/mnt/far away/near/x", "xfs"),
        ("/mnt/far awayish", "ext4"), ("/mnt/twice/x", "tmpfs"), ("/mnt/short", "ext4"),
    ])
    func `is found in the list of mounts`(path: String, type: String) {
        #expect(Self.mounts.type(ofPath: path) == type)
    }

    @Test func `must not be a network file system`() {
        for type in ["nfs", "nfs4", "cifs", "fuse.sshfs", "9p", "lustre"] {
            #expect(LedgerPlace.isNetwork(type))
        }
        for type in ["ext4", "xfs", "btrfs", "tmpfs", "overlay", "zfs"] {
            #expect(!LedgerPlace.isNetwork(type))
        }
    }

    @Test func `is known for the folder of the tests`() throws {
        try LedgerFixture.withFile { file in
            #expect(LedgerPlace.type(ofPath: file.path) != nil)
            #expect(LedgerPlace.freeBytes(besides: file.path) ?? 0 > 0)
        }
    }
}
