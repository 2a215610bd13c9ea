public import Domain
import Foundation
import SwiftProtobuf
internal import WireSchema

extension WorkerRequest {
    /// The request's bytes.
    public func encoded() throws(WireError) -> [UInt8] {
        var message = SchemaWorkerRequest()
        message.protocolVersion = UInt32(protocolVersion)
        message.worker = worker.description
        message.incarnation = incarnation
        message.sequence = sequence
        message.channel = channel
        message.body = Self.schema(of: body)
        do { return Array(try message.serializedData()) } catch {
            throw .malformed(message: "worker request")
        }
    }

    /// Reads a request; every field is checked against ``Limits``.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        guard bytes.count <= Limits.controlMessageBytes,
            let message = try? SchemaWorkerRequest(serializedBytes: bytes)
        else { throw .malformed(message: "worker request") }
        try checkVersion(message.protocolVersion)
        let read = FieldReader(message: "worker request")
        guard let body = message.body else { throw read.fail("body") }
        self.init(
            worker: WorkerID(try read.name(message.worker, "worker")),
            incarnation: message.incarnation, sequence: message.sequence,
            channel: try read.name(message.channel, "channel"),
            body: try Self.body(of: body), protocolVersion: Int(message.protocolVersion))
    }

    private static func schema(of body: Body) -> SchemaWorkerRequest.OneOf_Body {
        switch body {
        case .hello(let profile, let running):
            return .hello(SchemaHello(profile, running: running))
        case .holdings(let digests, let first):
            var page = SchemaHoldings()
            page.digests = digests.map { Data($0.bytes) }
            page.first = first
            return .holdings(page)
        case .lease(let slot):
            var lease = SchemaLease()
            lease.slot = UInt32(slot)
            return .lease(lease)
        case .beat(let running, let dropped, let damaged, let anonymousBytes):
            var beat = SchemaBeat()
            beat.running = running.map { SchemaToken($0) }
            beat.dropped = dropped.map { Data($0.bytes) }
            beat.damaged = damaged.map { Data($0.bytes) }
            beat.anonymousBytes = UInt64(anonymousBytes)
            return .beat(beat)
        case .commit(let token, let result, let measurements, let next):
            var commit = SchemaCommit(token, result, measurements)
            if let next { commit.nextSlot = UInt32(next) }
            return .commit(commit)
        case .fail(let token, let failure):
            var fail = SchemaFail()
            fail.token = SchemaToken(token)
            fail.failure.failureClass = failure.failureClass.rawValue
            fail.failure.text = failure.text
            fail.failure.missing = failure.missing.map { Data($0.bytes) }
            return .fail(fail)
        case .release(let tokens):
            var release = SchemaRelease()
            release.tokens = tokens.map { SchemaToken($0) }
            return .release(release)
        case .goodbye:
            return .goodbye(SchemaGoodbye())
        }
    }

    private static func body(of body: SchemaWorkerRequest.OneOf_Body) throws(WireError) -> Body {
        switch body {
        case .hello(let hello):
            return .hello(try hello.profile(), running: try reader("hello").tokens(hello.running))
        case .holdings(let page):
            return .holdings(
                try reader("holdings").digests(page.digests, "digests"), first: page.first)
        case .lease(let lease):
            return .lease(slot: try slot(lease.slot, "slot", of: "lease"))
        case .beat(let beat):
            let read = reader("beat")
            return .beat(
                running: try read.tokens(beat.running),
                dropped: try read.digests(beat.dropped, "dropped"),
                damaged: try read.digests(beat.damaged, "damaged"),
                anonymousBytes: try read.count(
                    beat.anonymousBytes, "anonymous_bytes", max: 1 << 60))
        case .commit(let commit):
            return .commit(
                try reader("commit").token(commit.token), try commit.result.taskResult(),
                try commit.measurements.taskMeasurements(),
                next: commit.hasNextSlot
                    ? try slot(commit.nextSlot, "next_slot", of: "commit") : nil)
        case .fail(let fail):
            return .fail(try reader("fail").token(fail.token), try fail.failure.taskFailure())
        case .release(let release):
            return .release(try reader("release").tokens(release.tokens))
        case .goodbye:
            return .goodbye
        }
    }

    private static func slot(
        _ slot: UInt32, _ field: String, of message: String
    ) throws(WireError) -> Int {
        try reader(message).count(UInt64(slot), field, max: Limits.slotsPerWorkerMax - 1)
    }

    private static func reader(_ message: String) -> FieldReader {
        FieldReader(message: message)
    }
}

extension SchemaHello {
    fileprivate init(_ profile: WorkerProfile, running: [LeaseToken]) {
        self.init()
        slots = UInt32(profile.slots)
        memoryBytesPerSlot = UInt64(profile.memoryBytesPerSlot)
        host = profile.host
        blobAddress = profile.blobAddress
        storePath = profile.storePath
        software = profile.software
        core = profile.core
        self.running = running.map { SchemaToken($0) }
    }

    fileprivate func profile() throws(WireError) -> WorkerProfile {
        let read = FieldReader(message: "hello")
        guard slots >= 1 else { throw read.fail("slots") }
        return WorkerProfile(
            slots: try read.count(UInt64(slots), "slots", max: Limits.slotsPerWorkerMax),
            memoryBytesPerSlot: try read.count(
                memoryBytesPerSlot, "memory_bytes_per_slot", max: 1 << 60),
            host: try read.name(host, "host"),
            blobAddress: try read.name(blobAddress, "blob_address"),
            storePath: try read.text(storePath, "store_path", max: 4_096),
            software: try read.text(software, "software", max: Limits.nameBytesMax),
            core: try read.text(core, "core", max: Limits.nameBytesMax))
    }
}

extension SchemaCommit {
    fileprivate init(
        _ token: LeaseToken, _ result: TaskResult, _ measurements: TaskMeasurements
    ) {
        self.init()
        self.token = SchemaToken(token)
        self.result = SchemaResult()
        self.result.facts = Data(result.facts)
        self.result.outputs = result.outputs.map { output in
            var schema = SchemaOutput()
            schema.name = output.name
            schema.blob = SchemaBlob(output.blob)
            return schema
        }
        self.measurements = SchemaMeasurements()
        self.measurements.seconds = measurements.seconds
        self.measurements.peakBytes = UInt64(measurements.peakBytes)
        self.measurements.core = measurements.core
    }
}

extension SchemaResult {
    fileprivate func taskResult() throws(WireError) -> TaskResult {
        let read = FieldReader(message: "commit")
        guard outputs.count <= Limits.slotsPerTaskMax else { throw read.fail("outputs") }
        var list: [TaskOutput] = []
        for output in outputs {
            list.append(
                TaskOutput(
                    name: try read.name(output.name, "output.name"),
                    blob: try read.blob(output.blob, "output.blob")))
        }
        return TaskResult(
            outputs: list, facts: try read.bytes(facts, "facts", max: Limits.factsBytesMax))
    }
}

extension SchemaMeasurements {
    fileprivate func taskMeasurements() throws(WireError) -> TaskMeasurements {
        let read = FieldReader(message: "commit")
        guard seconds.isFinite, seconds >= 0 else { throw read.fail("seconds") }
        return TaskMeasurements(
            seconds: seconds, peakBytes: try read.count(peakBytes, "peak_bytes", max: 1 << 60),
            core: try read.text(core, "core", max: Limits.nameBytesMax))
    }
}

extension SchemaFailure {
    fileprivate func taskFailure() throws(WireError) -> TaskFailure {
        let read = FieldReader(message: "fail")
        guard let kind = FailureClass(rawValue: failureClass) else {
            throw read.fail("failure_class")
        }
        return TaskFailure(
            kind, try read.text(text, "text", max: Limits.failureTextBytesMax),
            missing: try read.digests(missing, "missing"))
    }
}
