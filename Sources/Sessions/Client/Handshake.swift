internal import Domain
internal import Messaging
internal import Wire

/// One question before there is a session, and its answer.
enum Handshake {
    /// Asks; a problem in the answer is thrown.
    static func ask(
        _ request: SessionRequest, over channel: any RequestChannel, timeout: Duration
    ) throws(SessionError) -> SessionReply {
        let frame: [UInt8]
        do { frame = try request.encoded() } catch { throw .wire(error) }
        let answer: [UInt8]
        do { answer = try channel.request(frame, timeout: timeout) } catch {
            throw .messaging(error)
        }
        return try read(answer)
    }

    /// Reads the answer to a handshake; a problem in it is thrown.
    static func read(_ answer: [UInt8]) throws(SessionError) -> SessionReply {
        do {
            if answer.first == SessionEnvelope.problem {
                throw SessionError(try SessionProblem(decoding: answer))
            }
            let reply = try SessionReply(decoding: answer)
            if case .problem(let problem) = reply { throw SessionError(problem) }
            return reply
        } catch let error as WireError {
            throw .wire(error)
        } catch let error as SessionError {
            throw error
        } catch {
            throw .refused("\(error)")
        }
    }
}

extension SessionError {
    init(_ problem: SessionProblem) {
        switch problem {
        case .unknownSession:
            self = .refused("The coordinator does not know this session; open a new one.")
        case .refused(let text): self = .refused(text)
        case .later(let milliseconds, let text):
            self = .busy(milliseconds: milliseconds, text)
        }
    }
}
