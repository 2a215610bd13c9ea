import Domain
import Foundation
internal import WireSchema

/// Reads fields with their bounds; each failure names the message and the field.
struct FieldReader {
    let message: String

    func fail(_ field: String) -> WireError {
        .badField(message: message, field: field)
    }

    func name(_ text: String, _ field: String) throws(WireError) -> String {
        guard !text.isEmpty, text.utf8.count <= Limits.nameBytesMax else { throw fail(field) }
        return text
    }

    func text(_ text: String, _ field: String, max: Int) throws(WireError) -> String {
        guard text.utf8.count <= max else { throw fail(field) }
        return text
    }

    func bytes(_ data: Data, _ field: String, max: Int) throws(WireError) -> [UInt8] {
        guard data.count <= max else { throw fail(field) }
        return Array(data)
    }

    func count(_ value: UInt64, _ field: String, max: Int) throws(WireError) -> Int {
        guard value <= UInt64(max) else { throw fail(field) }
        return Int(value)
    }

    func digest(_ data: Data, _ field: String) throws(WireError) -> Digest {
        guard let digest = Digest(bytes: data) else { throw fail(field) }
        return digest
    }

    func digests(_ list: [Data], _ field: String) throws(WireError) -> [Digest] {
        guard list.count <= Limits.digestsPerMessageMax else { throw fail(field) }
        var digests: [Digest] = []
        for data in list { digests.append(try digest(data, field)) }
        return digests
    }

    func token(_ token: SchemaToken) throws(WireError) -> LeaseToken {
        guard token.attempt >= 1 else { throw fail("token.attempt") }
        return LeaseToken(
            task: TaskID(
                job: JobID(try name(token.job, "token.job")),
                name: TaskName(try name(token.task, "token.task"))),
            attempt: try count(token.attempt, "token.attempt", max: 1 << 40),
            worker: WorkerID(try name(token.worker, "token.worker")))
    }

    func tokens(_ list: [SchemaToken]) throws(WireError) -> [LeaseToken] {
        guard list.count <= Limits.slotsPerWorkerMax * 4 else { throw fail("tokens") }
        var tokens: [LeaseToken] = []
        for item in list { tokens.append(try token(item)) }
        return tokens
    }

    func blob(_ blob: SchemaBlob, _ field: String) throws(WireError) -> BlobReference {
        BlobReference(
            digest: try digest(blob.digest, field),
            byteCount: try count(blob.byteCount, field, max: Limits.blobBytesMax))
    }
}

extension SchemaToken {
    init(_ token: LeaseToken) {
        self.init()
        job = token.task.job.description
        task = token.task.name.description
        attempt = UInt64(token.attempt)
        worker = token.worker.description
    }
}

extension SchemaBlob {
    init(_ blob: BlobReference) {
        self.init()
        digest = Data(blob.digest.bytes)
        byteCount = UInt64(blob.byteCount)
    }
}
