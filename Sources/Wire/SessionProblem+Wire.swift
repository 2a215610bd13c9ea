public import Domain
import Foundation
import SwiftProtobuf
internal import WireSchema

extension SessionProblem {
    /// The frame that says so, with its first byte.
    ///
    /// A sentence over ``SessionLimits/sentenceBytesMax`` is cut.
    public func encoded() throws(WireError) -> [UInt8] {
        do {
            return [SessionEnvelope.problem]
                + Array(try SchemaSessionProblem(self).serializedData() as Data)
        } catch {
            throw .malformed(message: "session problem")
        }
    }

    /// Reads a frame; every field is checked against ``SessionLimits``.
    public init(decoding frame: [UInt8]) throws(WireError) {
        guard frame.count <= SessionLimits.handshakeBytes,
            frame.first == SessionEnvelope.problem,
            let message = try? SchemaSessionProblem(serializedBytes: Array(frame.dropFirst()))
        else { throw .malformed(message: "session problem") }
        self = try message.sessionProblem()
    }
}

extension SchemaSessionProblem {
    init(_ problem: SessionProblem) {
        self.init()
        switch problem {
        case .unknownSession: unknownSession = SchemaSessionUnknown()
        case .refused(let text): refused = Self.cut(text)
        case .later(let milliseconds, let text):
            later.milliseconds = UInt64(
                min(max(0, milliseconds), SessionLimits.laterMillisecondsMax))
            later.text = Self.cut(text)
        }
    }

    func sessionProblem() throws(WireError) -> SessionProblem {
        let read = FieldReader(message: "session problem")
        let long = SessionLimits.sentenceBytesMax
        switch body {
        case .unknownSession: return .unknownSession
        case .refused(let text): return .refused(try read.text(text, "refused", max: long))
        case .later(let later):
            let max = Int(SessionLimits.laterMillisecondsMax)
            return .later(
                milliseconds: Int64(try read.count(later.milliseconds, "milliseconds", max: max)),
                try read.text(later.text, "text", max: long))
        case nil: throw .malformed(message: "session problem")
        }
    }

    private static func cut(_ text: String) -> String {
        guard text.utf8.count > SessionLimits.sentenceBytesMax else { return text }
        // A letter cut in two becomes one of three bytes.
        let room = SessionLimits.sentenceBytesMax - 4
        return String(decoding: text.utf8.prefix(room), as: UTF8.self)
    }
}
