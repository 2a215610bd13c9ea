import Crypto
import Domain
import Foundation
import Testing
import X509

@testable import Identity

@Suite struct `A node's certificate` {
    private var random = Seeded(31)
    private let authority: ClusterAuthority

    init() throws { authority = try TestCluster.authority(&random) }

    private mutating func sign(
        _ commonName: String = "worker:w-1", at now: Int64 = noon, life: Int64 = 60 * day
    ) throws -> [UInt8] {
        try authority.sign(
            try NodeKey(random: &random).makeRequest(),
            for: try NodeIdentity(commonName: commonName), nowUnixMs: now, lifeMilliseconds: life,
            random: &random)
    }

    @Test(arguments: ["worker:w-1", "submitter:ann", "viewer:wall.screen_2", "admin:root"])
    mutating func `names its role and holder`(commonName: String) throws {
        let node = try authority.certificate.verify(try sign(commonName), nowUnixMs: noon)
        #expect(node.identity.commonName == commonName)
        #expect(node.serial.count == 32)
        #expect(node.beginsUnixMs == noon - 3_600_000)
        #expect(node.endsUnixMs == noon + 60 * day)
    }

    @Test mutating func `is due for renewal after two thirds of its life`() throws {
        let node = try authority.certificate.verify(try sign(), nowUnixMs: noon)
        let life = node.endsUnixMs - node.beginsUnixMs
        #expect(node.renewalDueUnixMs == node.endsUnixMs - life / 3)
        #expect(abs(node.renewalDueUnixMs - (noon + 40 * day)) < day / 24)
    }

    @Test mutating func `has a number that no other has`() throws {
        var serials: Set<String> = []
        for _ in 0..<50 {
            let der = try sign()
            serials.insert(try authority.certificate.verify(der, nowUnixMs: noon).serial)
        }
        #expect(serials.count == 50)
    }

    @Test mutating func `takes only the key from the request, not its subject`() throws {
        let key = NodeKey(random: &random)
        let request = try CertificateSigningRequest(
            version: .v1, subject: try DistinguishedName { CommonName("admin:eve") },
            privateKey: Certificate.PrivateKey(key.signing), attributes: .init())
        let der = try authority.sign(
            try CertificateText.der(request), for: try NodeIdentity(role: .worker, name: "w-1"),
            nowUnixMs: noon, random: &random)
        let node = try authority.certificate.verify(der, nowUnixMs: noon)
        #expect(node.identity.commonName == "worker:w-1")
        #expect(node.publicKey.rawRepresentation == key.signing.publicKey.rawRepresentation)
    }

    @Test mutating func `is refused when it comes from another authority`() throws {
        let other = try TestCluster.authority(&random)
        let error = failure { _ = try other.certificate.verify(try sign(), nowUnixMs: noon) }
        #expect(error == .wrongAuthority(other.cluster))
        #expect(error?.description.contains("join this cluster") == true)
    }

    @Test mutating func `is refused at its end and before its beginning`() throws {
        let der = try sign(life: 10 * day)
        let node = try authority.certificate.verify(der, nowUnixMs: noon + 10 * day - 1)
        let late = failure {
            _ = try authority.certificate.verify(der, nowUnixMs: noon + 10 * day)
        }
        #expect(
            late
                == .expiredCertificate(
                    node.identity, endedUnixMs: noon + 10 * day, nowUnixMs: noon + 10 * day))
        #expect(late?.description.contains("2026-12-02T12:00:00Z") == true)
        let early = failure {
            _ = try authority.certificate.verify(der, nowUnixMs: noon - 3_600_001)
        }
        #expect(
            early
                == .notYetValid(
                    node.identity, beginsUnixMs: noon - 3_600_000, nowUnixMs: noon - 3_600_001))
    }

    @Test mutating func `is refused when its authority has ended`() throws {
        let end = authority.certificate.endsUnixMs
        let der = try sign(at: end - day)
        let node = try authority.certificate.verify(der, nowUnixMs: end - day)
        #expect(node.endsUnixMs == end)
        #expect(
            failure { _ = try authority.certificate.verify(der, nowUnixMs: end) }
                == .authorityExpired(authority.cluster, endedUnixMs: end))
        #expect(
            failure { _ = try sign(at: end) }
                == .authorityExpired(authority.cluster, endedUnixMs: end))
    }

    @Test mutating func `is refused when it was revoked by number or by name`() throws {
        let der = try sign()
        let node = try authority.certificate.verify(der, nowUnixMs: noon)
        var denied = DenyList()
        try denied.deny(serial: node.serial.uppercased())
        #expect(
            failure {
                _ = try authority.certificate.verify(der, denied: denied, nowUnixMs: noon)
            } == .revoked(node.identity))
        denied = DenyList()
        try denied.deny(node.identity)
        #expect(
            failure {
                _ = try authority.certificate.verify(der, denied: denied, nowUnixMs: noon)
            } == .revoked(node.identity))
        denied.allow(node.identity)
        _ = try authority.certificate.verify(der, denied: denied, nowUnixMs: noon)
        let other = try NodeIdentity(role: .admin, name: "w-1")
        try denied.deny(other)
        _ = try authority.certificate.verify(der, denied: denied, nowUnixMs: noon)
        let stored = try CanonicalJSON.encode(denied)
        #expect(try CanonicalJSON.decode(DenyList.self, from: stored) == denied)
    }

    @Test mutating func `is refused when it is the coordinator's, or the probe's`() throws {
        let own = try authority.makeCoordinatorCredentials(nowUnixMs: noon, random: &random)
        for pair in [own.server, own.probe] {
            let der = try CertificateText.der(pem: pair.certificatePEM)
            let error = failure { _ = try authority.certificate.verify(der, nowUnixMs: noon) }
            #expect(error == .wrongName(pair == own.server ? "coordinator" : "probe"))
        }
    }

    @Test mutating func `is refused after a flip of any byte of what is signed`() throws {
        let der = try sign()
        let node = try authority.certificate.verify(der, nowUnixMs: noon)
        let signed = try CertificateText.certificate(der: der).tbsCertificateBytes.count
        for index in der.indices {
            var changed = der
            changed[index] ^= 0x01
            let read = try? authority.certificate.verify(changed, nowUnixMs: noon)
            // Behind it the same signature may be written in more than one way.
            #expect(
                read == nil || (index >= 4 + signed && read?.serial == node.serial),
                "byte \(index)")
        }
    }

    @Test mutating func `is never read from bytes at random`() throws {
        let der = try sign()
        for _ in 0..<2_000 {
            var bytes = der
            for _ in 0..<4 {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
                    in: 0...255, using: &random)
            }
            let cut = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
            #expect(failure { _ = try authority.certificate.verify(cut, nowUnixMs: noon) } != nil)
        }
        let long = [UInt8](repeating: 0x30, count: 8_193)
        guard
            case .malformedCertificate = failure({
                _ = try authority.certificate.verify(long, nowUnixMs: noon)
            })
        else {
            Issue.record("a long certificate was read")
            return
        }
    }

    @Test mutating func `is not signed for a request that is damaged or of another kind`() throws {
        let request = try NodeKey(random: &random).makeRequest()
        let identity = try NodeIdentity(role: .worker, name: "w-1")
        for index in request.indices {
            var changed = request
            changed[index] ^= 0x10
            #expect(
                failure {
                    _ = try authority.sign(
                        changed, for: identity, nowUnixMs: noon, random: &random)
                } != nil, "byte \(index)")
        }
        let other = try CertificateSigningRequest(
            version: .v1, subject: DistinguishedName(),
            privateKey: Certificate.PrivateKey(P384.Signing.PrivateKey()), attributes: .init())
        let bytes = try CertificateText.der(other)
        #expect(
            failure {
                _ = try authority.sign(bytes, for: identity, nowUnixMs: noon, random: &random)
            } == .malformedRequest("its key is not ECDSA P-256"))
    }

    @Test func `names nobody with letters that could mean something else`() {
        for bad in ["", "a b", "a/b", "a:b", "ä", "a\u{0}", String(repeating: "a", count: 49)] {
            #expect(failure { _ = try NodeIdentity(role: .worker, name: bad) } != nil)
            #expect(failure { _ = try NodeIdentity(commonName: "worker:" + bad) } != nil)
        }
        for bad in ["worker", "boss:w", "Worker:w", ":w", " worker:w", "worker:w:x"] {
            #expect(failure { _ = try NodeIdentity(commonName: bad) } == .wrongName(bad))
        }
        #expect(
            failure {
                _ = try NodeIdentity(role: .submitter, name: String(repeating: "z", count: 48))
            } == nil)
    }
}

/// Certificates as somebody else might make them, with the right key or a wrong one.
@Suite struct `A certificate that we would not have made` {
    private var random = Seeded(32)

    private func certificate(
        issuer: DistinguishedName, key: Certificate.PrivateKey, usages: [ExtendedKeyUsage.Usage],
        isAuthority: Bool = false, signs: Bool = false, commonNames: [String] = ["worker:w-1"],
        leaf: Certificate.PublicKey
    ) throws -> [UInt8] {
        let names = commonNames.map {
            RelativeDistinguishedName.Attribute(type: .RDNAttributeType.commonName, utf8String: $0)
        }
        return try CertificateText.der(
            Certificate(
                version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: leaf,
                notValidBefore: Date(unixMs: noon - 1_000),
                notValidAfter: Date(unixMs: noon + day), issuer: issuer,
                subject: try DistinguishedName(names),
                extensions: try Certificate.Extensions {
                    Critical(
                        isAuthority
                            ? BasicConstraints.isCertificateAuthority(maxPathLength: nil)
                            : .notCertificateAuthority)
                    Critical(KeyUsage(digitalSignature: true, keyCertSign: signs))
                    if !usages.isEmpty { try ExtendedKeyUsage(usages) }
                }, issuerPrivateKey: key))
    }

    @Test mutating func `is refused with a sentence about what is wrong`() throws {
        let authority = try TestCluster.authority(&random)
        let identity = try NodeIdentity(role: .worker, name: "w-1")
        let issuer = authority.certificate.certificate.subject
        let key = try #require(authority.key)
        let leaf = Certificate.PublicKey(NodeKey(random: &random).signing.publicKey)
        let forged = Certificate.PrivateKey(NodeKey(random: &random).signing)
        let cases: [([UInt8], IdentityError)] = [
            (
                try certificate(issuer: issuer, key: forged, usages: [.clientAuth], leaf: leaf),
                .wrongAuthority(authority.cluster)
            ),
            (
                try certificate(issuer: issuer, key: key, usages: [.serverAuth], leaf: leaf),
                .wrongUsage(identity)
            ),
            (
                try certificate(
                    issuer: issuer, key: key, usages: [.clientAuth, .serverAuth], leaf: leaf),
                .wrongUsage(identity)
            ),
            (
                try certificate(issuer: issuer, key: key, usages: [.any], leaf: leaf),
                .wrongUsage(identity)
            ),
            (
                try certificate(issuer: issuer, key: key, usages: [], leaf: leaf),
                .wrongUsage(identity)
            ),
            (
                try certificate(
                    issuer: issuer, key: key, usages: [.clientAuth], isAuthority: true, leaf: leaf),
                .wrongUsage(identity)
            ),
            (
                try certificate(
                    issuer: issuer, key: key, usages: [.clientAuth], signs: true, leaf: leaf),
                .wrongUsage(identity)
            ),
            (
                try certificate(
                    issuer: issuer, key: key, usages: [.clientAuth],
                    commonNames: ["worker:w-1", "admin:eve"], leaf: leaf),
                .wrongName("")
            ),
            (
                try certificate(
                    issuer: issuer, key: key, usages: [.clientAuth], commonNames: [], leaf: leaf),
                .wrongName("")
            ),
            (
                try certificate(
                    issuer: issuer, key: key, usages: [.clientAuth], commonNames: ["root"],
                    leaf: leaf), .wrongName("root")
            ),
            (
                try certificate(
                    issuer: issuer, key: key, usages: [.clientAuth],
                    leaf: Certificate.PublicKey(Curve25519.Signing.PrivateKey().publicKey)),
                .malformedCertificate("its key is not ECDSA P-256")
            ),
        ]
        for (der, expected) in cases {
            let error = failure { _ = try authority.certificate.verify(der, nowUnixMs: noon) }
            #expect(error == expected)
            #expect(error?.description.hasSuffix(".") == true)
        }
        let good = try certificate(issuer: issuer, key: key, usages: [.clientAuth], leaf: leaf)
        #expect(try authority.certificate.verify(good, nowUnixMs: noon).identity == identity)
    }

    @Test mutating func `is no authority unless it is marked as one`() throws {
        let authority = try TestCluster.authority(&random)
        let node = try TestCluster.node("worker:w-1", of: authority, &random)
        guard
            case .unsuitableAuthority = failure({
                _ = try AuthorityCertificate(
                    der: try node.certificateDER(), cluster: authority.cluster)
            })
        else {
            Issue.record("a leaf became an authority")
            return
        }
    }
}
