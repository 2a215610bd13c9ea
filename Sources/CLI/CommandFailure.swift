import ArgumentParser
import Blobs
import Checkpoints
import Coordinator
import Domain
import Foundation
import Messaging
import Models
import Planning
import Tokenization
import Transfer

/// How a command ended; the numbers are listed in the README.
enum ExitStatus: Int32 {
    case unexpected = 1
    case usage = 2
    case badInput = 3
    case jobFailed = 4
    case unreachable = 5
    case output = 6
    case cancelled = 7
}

/// A failure with the sentence and the exit code that belong to it.
struct CommandFailure: Error, CustomStringConvertible {
    let status: ExitStatus
    let description: String

    init(_ status: ExitStatus, _ description: String) {
        self.status = status
        self.description = description
    }

    /// Writes the failure to standard error; the exit code.
    static func report(_ error: any Error) -> Int32 {
        if let failure = classified(error) {
            FileHandle.standardError.write(Data("spokeshave: \(failure)\n".utf8))
            return failure.status.rawValue
        }
        let message = Spokeshave.fullMessage(for: error)
        let code = Spokeshave.exitCode(for: error)
        if code.isSuccess {
            if !message.isEmpty { print(message) }
            return 0
        }
        FileHandle.standardError.write(Data((message + "\n").utf8))
        return code == .validationFailure ? ExitStatus.usage.rawValue : code.rawValue
    }

    /// What an error of a lower floor means for the person at the keyboard.
    private static func classified(_ error: any Error) -> CommandFailure? {
        switch error {
        case let failure as CommandFailure: return failure
        case let error as PlanningError:
            if case .recipe = error { return .init(.usage, error.description) }
            return .init(.badInput, error.description)
        case let error as CheckpointError: return .init(.badInput, "\(error)")
        case let error as ModelError: return .init(.badInput, "\(error)")
        case let error as TokenizationError: return .init(.badInput, "\(error)")
        case let error as BlobError:
            if case .noSpace = error { return .init(.output, error.description) }
            return .init(.unexpected, error.description)
        case let error as TransferError:
            if case .noSpace = error { return .init(.output, error.description) }
            return .init(.unexpected, error.description)
        case let error as MessagingError: return .init(.unreachable, "\(error)")
        case let error as CoordinatorError:
            switch error {
            case .inUse: return .init(.unreachable, error.description)
            case .noSpace: return .init(.output, error.description)
            default: return .init(.unexpected, error.description)
            }
        case is ExitCode, is CleanExit, is ValidationError: return nil
        default:
            let message = Spokeshave.exitCode(for: error)
            if message == .validationFailure || message.isSuccess { return nil }
            return .init(.unexpected, "\(error)")
        }
    }
}
