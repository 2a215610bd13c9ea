import Domain
import Foundation
import Testing

@testable import Identity

@Suite struct `The folder of an authority` {
    private var random = Seeded(41)

    @Test mutating func `gives back what was put in, for its owner only`() throws {
        let folder = try TestCluster.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let authority = try TestCluster.authority(&random, cluster: "lab-7")
        #expect(!ClusterAuthority.exists(in: folder))
        try authority.save(to: folder)
        #expect(ClusterAuthority.exists(in: folder))
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
                == ["ca-key.pem", "ca.pem", "cluster.json"])
        #expect(try TestCluster.permissions(of: folder) == 0o700)
        #expect(
            try TestCluster.permissions(of: folder.appendingPathComponent("ca-key.pem")) == 0o600)
        let loaded = try ClusterAuthority(loading: folder)
        #expect(loaded.cluster.description == "lab-7")
        #expect(loaded.canSign)
        #expect(loaded.certificate.der == authority.certificate.der)
        #expect(loaded.certificate.pin == authority.certificate.pin)
        let node = try TestCluster.node("worker:w-1", of: loaded, &random)
        _ = try authority.certificate.verify(try node.certificateDER(), nowUnixMs: noon)
        #expect(failure { try authority.save(to: folder) } == .authorityExists(folder: folder.path))
        #expect(!"\(authority)".contains("PRIVATE"))
    }

    @Test mutating func `says what is missing, exposed or mixed up`() throws {
        let folder = try TestCluster.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        func file(_ name: String) -> URL { folder.appendingPathComponent(name) }
        func error() -> IdentityError? {
            failure { _ = try ClusterAuthority(loading: folder) }
        }
        #expect(error() == .missingFile(path: file("cluster.json").path))
        try TestCluster.authority(&random).save(to: folder)
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o640], ofItemAtPath: file("ca-key.pem").path)
        #expect(error() == .exposedFile(path: file("ca-key.pem").path))
        #expect(error()?.description.contains("chmod 600") == true)
        try SecretFolder(folder).write(
            Array(NodeKey(random: &random).pem.utf8), to: "ca-key.pem")
        #expect(error() == .mismatchedKey(path: file("ca-key.pem").path))
        try SecretFolder(folder).write(Array("nonsense".utf8), to: "ca-key.pem")
        #expect(error()?.description.contains("ca-key.pem") == true)
        try FileManager.default.removeItem(at: file("ca-key.pem"))
        let without = try ClusterAuthority(loading: folder)
        #expect(!without.canSign)
        try SecretFolder(folder).write(Array("nonsense".utf8), to: "ca.pem")
        #expect(error()?.description.contains("ca.pem") == true)
        try FileManager.default.removeItem(at: file("ca.pem"))
        #expect(error() == .missingFile(path: file("ca.pem").path))
        try SecretFolder(folder).write(
            Array(#"{"cluster":"A B","version":1}"#.utf8), to: "cluster.json")
        #expect(error()?.description.contains("cluster.json") == true)
        try SecretFolder(folder).write(
            Array(#"{"cluster":"ab","version":2}"#.utf8), to: "cluster.json")
        #expect(error()?.description.contains("version 2") == true)
    }

    @Test mutating func `works without the key, when certificates are signed elsewhere`() throws {
        let folder = try TestCluster.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let elsewhere = try TestCluster.authority(&random)
        let here = try ClusterAuthority(certificate: elsewhere.certificate, keyPEM: nil)
        try here.save(to: folder)
        let loaded = try ClusterAuthority(loading: folder)
        #expect(
            failure { _ = try TestCluster.node("worker:w", of: loaded, &random) }
                == .noAuthorityKey(elsewhere.cluster))
        let own = try elsewhere.makeCoordinatorCredentials(nowUnixMs: noon, random: &random)
        for (name, pair) in [("coordinator", own.server), ("probe", own.probe)] {
            try SecretFolder(folder).write(Array(pair.certificatePEM.utf8), to: "\(name).pem")
            try SecretFolder(folder).write(Array(pair.keyPEM.utf8), to: "\(name)-key.pem")
        }
        let read = try CoordinatorCredentials(loading: folder, of: loaded.certificate)
        #expect(read.server == own.server)
        #expect(read.probe == own.probe)
        #expect(read.renewalDueUnixMs == own.renewalDueUnixMs)
        try SecretFolder(folder).write(Array(own.probe.keyPEM.utf8), to: "coordinator-key.pem")
        #expect(
            failure { _ = try CoordinatorCredentials(loading: folder, of: loaded.certificate) }
                == .mismatchedKey(path: folder.appendingPathComponent("coordinator-key.pem").path))
    }
}

@Suite struct `The credentials of a node` {
    private var random = Seeded(42)

    @Test mutating func `survive storing, in one file for their owner only`() throws {
        let folder = try TestCluster.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let authority = try TestCluster.authority(&random)
        let node = try TestCluster.node("submitter:ann", of: authority, &random)
        #expect(!NodeCredentials.exist(in: folder))
        try node.save(to: folder)
        try TestCluster.node("submitter:bob", of: authority, &random).save(to: folder)
        try node.save(to: folder)
        #expect(NodeCredentials.exist(in: folder))
        let file = folder.appendingPathComponent("credentials.json")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 1)
        #expect(try TestCluster.permissions(of: file) == 0o600)
        let loaded = try NodeCredentials(loading: folder, nowUnixMs: noon)
        #expect(loaded.pair == node.pair)
        #expect(loaded.role == .submitter)
        #expect(loaded.name == "ann")
        #expect(loaded.serverName == "coordinator.test")
        #expect(loaded.serial == node.serial)
        #expect(loaded.renewalDueUnixMs == node.renewalDueUnixMs)
        #expect(!"\(loaded)".contains("KEY"))
    }

    @Test mutating func `are refused when missing, exposed, expired or damaged`() throws {
        let folder = try TestCluster.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("credentials.json")
        func error(at now: Int64 = noon) -> IdentityError? {
            failure { _ = try NodeCredentials(loading: folder, nowUnixMs: now) }
        }
        #expect(error() == .missingFile(path: file.path))
        let authority = try TestCluster.authority(&random)
        let node = try TestCluster.node("worker:w-1", of: authority, &random)
        try node.save(to: folder)
        #expect(
            error(at: noon + 61 * day)
                == .expiredCertificate(
                    node.identity, endedUnixMs: node.endsUnixMs, nowUnixMs: noon + 61 * day))
        let other = try TestCluster.node("worker:w-1", of: authority, &random)
        let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        let mine = node.pair.keyPEM.split(separator: "\n")[1]
        let theirs = other.pair.keyPEM.split(separator: "\n")[1]
        let swapped = text.replacingOccurrences(of: mine, with: theirs)
        try SecretFolder(folder).write(Array(swapped.utf8), to: "credentials.json")
        #expect(error() != nil)
        try SecretFolder(folder).write(Array(text.utf8.dropLast(40)), to: "credentials.json")
        #expect(error()?.description.contains("credentials.json") == true)
        try node.save(to: folder)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.path)
        #expect(error() == .exposedFile(path: file.path))
    }
}

@Suite struct `The book of access` {
    private var random = Seeded(43)

    @Test mutating func `survives storing, and is empty at first`() throws {
        let folder = try TestCluster.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        var book = try AccessBook(loading: folder)
        #expect(book == AccessBook())
        _ = try book.tokens.issue(
            pin: random.digest(), role: .worker, nowUnixMs: noon, random: &random)
        try book.denied.deny(serial: "ab12")
        try book.save(to: folder)
        #expect(try AccessBook(loading: folder) == book)
        let file = folder.appendingPathComponent("access.json")
        #expect(try TestCluster.permissions(of: file) == 0o600)
        try Data("{}".utf8).write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        #expect(failure { _ = try AccessBook(loading: folder) } != nil)
    }
}

@Suite struct `A cluster's name` {
    private var random = Seeded(44)

    @Test mutating func `is plain enough for a certificate`() throws {
        for good in ["a", "lab-7", String(repeating: "x", count: 40)] {
            #expect(try ClusterID(good).serverName == "coordinator.\(good)")
        }
        for bad in ["", "-a", "a-", "A", "a.b", "a b", "é", String(repeating: "x", count: 41)] {
            #expect(failure { _ = try ClusterID(bad) } == .badClusterID(bad))
        }
        for _ in 0..<100 {
            let made = ClusterID(random: &random)
            #expect(try ClusterID(made.description) == made)
        }
    }
}
