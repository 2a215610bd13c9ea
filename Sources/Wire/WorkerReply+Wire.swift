public import Domain
import Foundation
import SwiftProtobuf
internal import WireSchema

extension WorkerReply {
    /// The reply's bytes.
    ///
    /// - Parameter version: what the worker speaks; version 1 knows no ``later``, and gets a
    ///   refusal that is not final.
    public func encoded(forVersion version: Int = 2) throws(WireError) -> [UInt8] {
        var message = SchemaWorkerReply()
        if case .later(_, let text) = self, version < 2 {
            message.body = Self.refused(text, isFinal: false).schemaBody()
        } else {
            message.body = schemaBody()
        }
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
            if let pass = profile.pass { welcome.pass = SchemaPass(pass) }
            return .welcome(welcome)
        case .done: return .done(SchemaDone())
        case .grant(let grant): return .grant(SchemaGrant(grant))
        case .nothingYet: return .nothingYet(SchemaNothingYet())
        case .beat(let reply): return .beat(SchemaBeatAnswer(reply))
        case .commit(let verdict, let next):
            var answer = SchemaCommitAnswer()
            answer.verdict =
                switch verdict {
                case .accepted: .accepted
                case .duplicate: .duplicate
                case .superseded: .superseded
                case .mismatch: .mismatch
                }
            if let next { answer.next = SchemaGrant(next) }
            return .commit(answer)
        case .sayHello: return .sayHello(SchemaSayHello())
        case .later(let milliseconds, let text):
            var later = SchemaLater()
            later.milliseconds = UInt64(milliseconds)
            later.text = text
            return .later(later)
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
            return .beat(try answer.beatReply())
        case .commit(let answer):
            let next = answer.hasNext ? try answer.next.workGrant() : nil
            switch answer.verdict {
            case .accepted: return .commit(.accepted, next: next)
            case .duplicate: return .commit(.duplicate, next: next)
            case .superseded: return .commit(.superseded, next: next)
            case .mismatch: return .commit(.mismatch, next: next)
            case .unspecified, .UNRECOGNIZED: throw read.fail("verdict")
            }
        case .sayHello: return .sayHello
        case .later(let later):
            return .later(
                milliseconds: Int64(
                    try read.count(
                        later.milliseconds, "milliseconds",
                        max: Int(Limits.pauseMillisecondsMax))),
                try read.text(later.text, "text", max: Limits.failureTextBytesMax))
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
            storePath: try read.text(storePath, "store_path", max: 4_096),
            pass: hasPass ? try pass.blobPass() : nil)
    }
}

extension SchemaBeatAnswer {
    fileprivate init(_ reply: BeatReply) {
        self.init()
        cancel = reply.cancel.map { SchemaToken($0) }
        release = reply.release.map { Data($0.bytes) }
        drain = reply.drain
        save = reply.save.map { Data($0.bytes) }
        mayLeave = reply.mayLeave
    }

    fileprivate func beatReply() throws(WireError) -> BeatReply {
        let read = FieldReader(message: "worker reply")
        guard save.count <= Limits.savesPerBeatMax else { throw read.fail("save") }
        return BeatReply(
            cancel: try read.tokens(cancel), release: try read.digests(release, "release"),
            drain: drain, save: try read.digests(save, "save"), mayLeave: mayLeave)
    }
}

extension SchemaPass {
    fileprivate init(_ pass: BlobPass) {
        self.init()
        key = Data(pass.key)
        ticket = Data(pass.ticket)
        expiresUnixMs = pass.expiresUnixMs
    }

    fileprivate func blobPass() throws(WireError) -> BlobPass {
        let read = FieldReader(message: "pass")
        guard key.count == 32 else { throw read.fail("key") }
        return BlobPass(
            key: Array(key),
            ticket: try read.bytes(ticket, "ticket", max: Limits.ticketBytesMax),
            expiresUnixMs: expiresUnixMs)
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
        timeLimitMilliseconds = UInt64(grant.timeLimitMilliseconds)
        if let pass = grant.coordinatorPass { coordinatorPass = SchemaPass(pass) }
        var indexes: [BlobPeer: UInt32] = [:]
        inputs = grant.inputs.map { encoded($0, &indexes) }
        ahead = grant.ahead.map { encoded($0, &indexes) }
        outputs = grant.outputs.map { output in
            var schema = SchemaGrantOutput()
            schema.name = output.name
            schema.retention = output.retention.rawValue
            return schema
        }
    }

    private mutating func encoded(
        _ input: GrantedInput, _ indexes: inout [BlobPeer: UInt32]
    ) -> SchemaGrantInput {
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
        return schema
    }

    fileprivate func workGrant() throws(WireError) -> WorkGrant {
        let read = FieldReader(message: "grant")
        guard inputs.count <= Limits.slotsPerTaskMax, outputs.count <= Limits.slotsPerTaskMax,
            ahead.count <= Limits.slotsPerTaskMax, peers.count <= Limits.workersMax
        else { throw read.fail("inputs") }
        var knownPeers: [BlobPeer] = []
        for peer in peers { knownPeers.append(try peer.blobPeer()) }
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
            inputs: try granted(inputs, knownPeers), outputs: declarations,
            memoryBytes: try read.count(memoryBytes, "memory_bytes", max: 1 << 60),
            timeLimitMilliseconds: Int64(
                try read.count(
                    timeLimitMilliseconds, "time_limit_milliseconds",
                    max: Int(Limits.timeLimitMillisecondsMax))),
            coordinatorPass: hasCoordinatorPass ? try coordinatorPass.blobPass() : nil,
            ahead: try granted(ahead, knownPeers))
    }

    private func granted(
        _ inputs: [SchemaGrantInput], _ peers: [BlobPeer]
    ) throws(WireError) -> [GrantedInput] {
        let read = FieldReader(message: "grant")
        var list: [GrantedInput] = []
        for input in inputs {
            var holders: [BlobPeer] = []
            for index in input.holders {
                guard Int(index) < peers.count else { throw read.fail("holders") }
                holders.append(peers[Int(index)])
            }
            list.append(
                GrantedInput(
                    name: try read.name(input.name, "input.name"),
                    blob: try read.blob(input.blob, "input.blob"), holders: holders,
                    isDurable: input.durable))
        }
        return list
    }
}

extension SchemaPeer {
    fileprivate init(_ peer: BlobPeer) {
        self.init()
        worker = peer.worker.description
        address = peer.address
        host = peer.host
        storePath = peer.storePath
        if let known = peer.pass { pass = SchemaPass(known) }
    }

    fileprivate func blobPeer() throws(WireError) -> BlobPeer {
        let read = FieldReader(message: "grant")
        return BlobPeer(
            worker: WorkerID(try read.name(worker, "peer.worker")),
            address: try read.text(address, "peer.address", max: Limits.nameBytesMax),
            host: try read.name(host, "peer.host"),
            storePath: try read.text(storePath, "peer.store_path", max: 4_096),
            pass: hasPass ? try pass.blobPass() : nil)
    }
}
