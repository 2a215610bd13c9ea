internal import SwiftASN1
internal import X509

/// Certificates between DER, PEM and values.
enum CertificateText {
    /// Bytes of a certificate or a certificate request at most; ours have about 500.
    static let bytesMax = 8_192

    /// Reads one certificate.
    static func certificate(der: [UInt8]) throws(IdentityError) -> Certificate {
        guard der.count <= bytesMax else {
            throw .malformedCertificate("it has more than \(bytesMax) bytes")
        }
        do { return try Certificate(derEncoded: der) } catch {
            throw .malformedCertificate("its bytes are no X.509 certificate")
        }
    }

    /// The bytes of the one certificate of a PEM text.
    static func der(pem: String) throws(IdentityError) -> [UInt8] {
        guard pem.utf8.count <= 2 * bytesMax,
            let documents = try? PEMDocument.parseMultiple(pemString: pem), documents.count == 1,
            let document = documents.first, document.discriminator == "CERTIFICATE"
        else { throw .malformedCertificate("it must be exactly one certificate in PEM") }
        return document.derBytes
    }

    static func pem(der: [UInt8]) -> String {
        PEMDocument(type: "CERTIFICATE", derBytes: der).pemString + "\n"
    }

    static func der(_ value: some DERSerializable) throws -> [UInt8] {
        var serializer = DER.Serializer()
        try serializer.serialize(value)
        return serializer.serializedBytes
    }
}

extension DistinguishedName {
    /// The one common name; nil when there is none, or more than one.
    var commonName: String? {
        let names = flatMap { $0 }.filter { $0.type == .RDNAttributeType.commonName }
        return names.count == 1 ? String(names[0].value) : nil
    }
}
