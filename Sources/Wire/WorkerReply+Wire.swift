public import Domain
import Foundation
import SwiftProtobuf
internal import WireSchema

extension WorkerReply {
    /// The reply's bytes.
    public func encoded() throws(WireError) -> [UInt8] {
        var message = SchemaWorkerReply()
        message.body = schemaBody()
        do { return Array(try message.serializedData()) } catch {
            throw .malformed(message: "worker reply")
        }
    }

    /// Reads a reply; every field is checked against ``Limits``.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        guard bytes.count <= Limits.controlMessageBytes,
            let message = try? SchemaWorkerReply(serializedBytes: bytes),
            let body = message.body
        else { throw .malformed(message: "worker reply") }
        self = try Self.reply(of: body)
    }

    private func schemaBody() -> SchemaWorkerReply.OneOf_Body {
        switch self {
        case .welcome(let profile):
            var welcome = SchemaWelcome()
            welcome.leaseMilliseconds = UInt64(profile.leaseMilliseconds)
            welcome.beatMilliseconds = UInt64(profile.beatMilliseconds)
            welcome.blobAddress = profile.blobAddress
            welcome.host = profile.host
            welcome.storePath = profile.storePath
            return .welcome(welcome)
        case .done: return .done(SchemaDone())
        case .grant(let grant): return .grant(SchemaGrant(grant))
        case .nothingYet: return .nothingYet(SchemaNothingYet())
        case .beat(let cancel, let release, let drain):
            var answer = SchemaBeatAnswer()
            answer.cancel = cancel.map { SchemaToken($0) }
            answer.release = release.map { Data($0.bytes) }
            answer.drain = drain
            return .beat(answer)
        case .commit(let verdict):
            var answer = SchemaCommitAnswer()
            answer.verdict =
                switch verdict {
                case .accepted: .accepted
                case .duplicate: .duplicate
                case .superseded: .superseded
                case .mismatch: .mismatch
                }
            return .commit(answer)
        case .sayHello: return .sayHello(SchemaSayHello())
        case .refused(let text, let isFinal):
            var refusal = SchemaRefusal()
            refusal.text = text
            refusal.isFinal = isFinal
            return .refusal(refusal)
        }
    }

    private static func reply(
        of body: SchemaWorkerReply.OneOf_Body
    ) throws(WireError) -> WorkerReply {
        let read = FieldReader(message: "worker reply")
        switch body {
        case .welcome(let welcome): return .welcome(try welcome.profile())
        case .done: return .done
        case .grant(let grant): return .grant(try grant.workGrant())
        case .nothingYet: return .nothingYet
        case .beat(let answer):
            return .beat(
                cancel: try read.tokens(answer.cancel),
                release: try read.digests(answer.release, "release"), drain: answer.drain)
        case .commit(let answer):
            switch answer.verdict {
            case .accepted: return .commit(.accepted)
            case .duplicate: return .commit(.duplicate)
            case .superseded: return .commit(.superseded)
            case .mismatch: return .commit(.mismatch)
            case .unspecified, .UNRECOGNIZED: throw read.fail("verdict")
            }
        case .sayHello: return .sayHello
        case .refusal(let refusal):
            return .refused(
                try read.text(refusal.text, "text", max: Limits.failureTextBytesMax),
                isFinal: refusal.isFinal)
        }
    }
}

extension SchemaWelcome {
    fileprivate func profile() throws(WireError) -> CoordinatorProfile {
        let read = FieldReader(message: "welcome")
        let hour = 3_600_000
        guard beatMilliseconds >= 10 else { throw read.fail("beat_milliseconds") }
        return CoordinatorProfile(
            leaseMilliseconds: Int64(
                try read.count(leaseMilliseconds, "lease_milliseconds", max: hour)),
            beatMilliseconds: Int64(
                try read.count(beatMilliseconds, "beat_milliseconds", max: hour)),
            blobAddress: try read.name(blobAddress, "blob_address"),
            host: try read.name(host, "host"),
            storePath: try read.text(storePath, "store_path", max: 4_096))
    }
}

extension SchemaGrant {
    fileprivate init(_ grant: WorkGrant) {
        self.init()
        token = SchemaToken(grant.token)
        kind = grant.kind
        version = UInt32(grant.version)
        parameters = Data(grant.parameters)
        memoryBytes = UInt64(grant.memoryBytes)
        var indexes: [BlobPeer: UInt32] = [:]
        for input in grant.inputs {
            var schema = SchemaGrantInput()
            schema.name = input.name
            schema.blob = SchemaBlob(input.blob)
            schema.durable = input.isDurable
            for peer in input.holders {
                if indexes[peer] == nil {
                    indexes[peer] = UInt32(peers.count)
                    peers.append(SchemaPeer(peer))
                }
                schema.holders.append(indexes[peer] ?? 0)
            }
            inputs.append(schema)
        }
        outputs = grant.outputs.map { output in
            var schema = SchemaGrantOutput()
            schema.name = output.name
            schema.retention = output.retention.rawValue
            return schema
        }
    }

    fileprivate func workGrant() throws(WireError) -> WorkGrant {
        let read = FieldReader(message: "grant")
        guard inputs.count <= Limits.slotsPerTaskMax, outputs.count <= Limits.slotsPerTaskMax,
            peers.count <= Limits.workersMax
        else { throw read.fail("inputs") }
        var knownPeers: [BlobPeer] = []
        for peer in peers { knownPeers.append(try peer.blobPeer()) }
        var grantedInputs: [GrantedInput] = []
        for input in inputs {
            var holders: [BlobPeer] = []
            for index in input.holders {
                guard Int(index) < knownPeers.count else { throw read.fail("holders") }
                holders.append(knownPeers[Int(index)])
            }
            grantedInputs.append(
                GrantedInput(
                    name: try read.name(input.name, "input.name"),
                    blob: try read.blob(input.blob, "input.blob"), holders: holders,
                    isDurable: input.durable))
        }
        var declarations: [OutputDeclaration] = []
        for output in outputs {
            guard let retention = Retention(rawValue: output.retention) else {
                throw read.fail("retention")
            }
            declarations.append(
                OutputDeclaration(try read.name(output.name, "output.name"), retention))
        }
        return WorkGrant(
            token: try read.token(token), kind: try read.name(kind, "kind"),
            version: Int(version),
            parameters: try read.bytes(parameters, "parameters", max: Limits.parameterBytesMax),
            inputs: grantedInputs, outputs: declarations,
            memoryBytes: try read.count(memoryBytes, "memory_bytes", max: 1 << 60))
    }
}

extension SchemaPeer {
    fileprivate init(_ peer: BlobPeer) {
        self.init()
        worker = peer.worker.description
        address = peer.address
        host = peer.host
        storePath = peer.storePath
    }

    fileprivate func blobPeer() throws(WireError) -> BlobPeer {
        let read = FieldReader(message: "grant")
        return BlobPeer(
            worker: WorkerID(try read.name(worker, "peer.worker")),
            address: try read.text(address, "peer.address", max: Limits.nameBytesMax),
            host: try read.name(host, "peer.host"),
            storePath: try read.text(storePath, "peer.store_path", max: 4_096))
    }
}
