import Foundation
import Testing
import X509

@testable import Identity

private let openssl = "/usr/bin/openssl"
private let hasOpenSSL = FileManager.default.isExecutableFile(atPath: openssl)

/// Another implementation looks at what we made. mbedTLS, which nng uses, is asked by the tests of
/// Messaging and of whole clusters.
@Suite(.enabled(if: hasOpenSSL), .serialized)
struct `The openssl command, where present` {
    private var random = Seeded(51)

    private func run(_ arguments: [String]) throws -> (status: Int32, text: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: openssl)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }

    @Test mutating func `accepts our certificates for their purpose and for no other`() throws {
        let folder = try TestCluster.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        func write(_ name: String, _ text: String) throws -> String {
            let file = folder.appendingPathComponent(name)
            try Data(text.utf8).write(to: file)
            return file.path
        }
        let authority = try TestCluster.authority(&random)
        let own = try authority.makeCoordinatorCredentials(nowUnixMs: noon, random: &random)
        let worker = try TestCluster.node("worker:w-1", of: authority, &random)
        let authorityFile = try write("ca.pem", authority.certificate.pem)
        let files = [
            ("server", try write("server.pem", own.server.certificatePEM), "sslserver"),
            ("probe", try write("probe.pem", own.probe.certificatePEM), "sslclient"),
            ("worker", try write("worker.pem", worker.pair.certificatePEM), "sslclient"),
        ]
        for (name, file, purpose) in files {
            for asked in ["sslserver", "sslclient"] {
                let result = try run([
                    "verify", "-x509_strict", "-CAfile", authorityFile, "-purpose", asked,
                    "-attime", "\(noon / 1_000)", file,
                ])
                #expect(
                    (result.status == 0) == (asked == purpose),
                    "\(name) as \(asked): \(result.text)")
            }
        }
        let named = try run([
            "verify", "-CAfile", authorityFile, "-verify_hostname", "coordinator.test",
            "-attime", "\(noon / 1_000)", files[0].1,
        ])
        #expect(named.status == 0, "\(named.text)")
        let misnamed = try run([
            "verify", "-CAfile", authorityFile, "-verify_hostname", "coordinator.other",
            "-attime", "\(noon / 1_000)", files[0].1,
        ])
        #expect(misnamed.status != 0)
    }

    @Test mutating func `reads the kinds and extensions that mbedTLS needs`() throws {
        let folder = try TestCluster.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let authority = try TestCluster.authority(&random)
        let worker = try TestCluster.node("worker:w-1", of: authority, &random)
        let certificate = folder.appendingPathComponent("c.pem")
        let key = folder.appendingPathComponent("k.pem")
        try Data(worker.pair.certificatePEM.utf8).write(to: certificate)
        try Data(worker.pair.keyPEM.utf8).write(to: key)
        let text = try run(["x509", "-in", certificate.path, "-noout", "-text"]).text
        for wanted in [
            "Version: 3", "ecdsa-with-SHA256", "ASN1 OID: prime256v1", "CN = worker:w-1",
            "CA:FALSE", "Digital Signature", "TLS Web Client Authentication",
            "Not After : Jan 21 12:00:00 2027 GMT",
        ] {
            #expect(text.contains(wanted), "\(wanted) in \(text)")
        }
        #expect(!text.contains("TLS Web Server Authentication"))
        let root = folder.appendingPathComponent("ca.pem")
        try Data(authority.certificate.pem.utf8).write(to: root)
        let rootText = try run(["x509", "-in", root.path, "-noout", "-text"]).text
        for wanted in ["CA:TRUE, pathlen:0", "Certificate Sign, CRL Sign"] {
            #expect(rootText.contains(wanted), "\(wanted) in \(rootText)")
        }
        #expect(worker.pair.keyPEM.hasPrefix("-----BEGIN PRIVATE KEY-----"))
        #expect(try run(["pkey", "-in", key.path, "-noout", "-check"]).status == 0)
    }

    @Test mutating func `makes an external authority that we can use`() throws {
        let folder = try TestCluster.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
        for (kind, arguments) in [
            ("P-384", ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp384r1"]),
            ("RSA", ["-newkey", "rsa:2048"]),
        ] {
            let made = try run(
                ["req", "-x509"] + arguments + [
                    "-nodes", "-keyout", path("k.pem"), "-out", path("c.pem"), "-days", "36500",
                    "-subj", "/O=Example/CN=Root", "-addext", "keyUsage=critical,keyCertSign",
                ])
            #expect(made.status == 0, "\(made.text)")
            let authority = try ClusterAuthority(
                certificate: try AuthorityCertificate(
                    pem: try String(contentsOfFile: path("c.pem"), encoding: .utf8),
                    cluster: try ClusterID("outside")),
                keyPEM: try String(contentsOfFile: path("k.pem"), encoding: .utf8))
            // The machine's own clock made the certificate.
            let now = authority.certificate.certificate.notValidBefore.unixMs + 60_000
            let node = try TestCluster.node("viewer:wall", of: authority, &random, at: now)
            #expect(node.identity.commonName == "viewer:wall", "\(kind)")
        }
    }

    @Test mutating func `makes a SEC1 key that we can use`() throws {
        let folder = try TestCluster.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("k.pem").path
        _ = try run(["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", file])
        let pem = try String(contentsOfFile: file, encoding: .utf8)
        #expect(pem.contains("BEGIN EC PRIVATE KEY"))
        _ = try NodeKey(pem: pem).makeRequest()
        #expect(failure { _ = try NodeKey(pem: "nonsense") } == .malformedKey)
    }
}
