import Foundation
import Messaging

/// Requests and replies over nng on this machine; each lane has a pair of sockets of its own.
enum MessageStages {
    private static let bulkBytes = 4 << 20

    /// The stages; the sockets of ipc are in `folder`.
    static func all(folder: ScratchFolder) -> [FloorStage] {
        ["tcp", "ipc"].flatMap { transport in
            [roundTrips(over: transport, folder), bulk(over: transport, folder)]
        }
    }

    private static func roundTrips(over transport: String, _ folder: ScratchFolder) -> FloorStage {
        FloorStage(
            name: "nng round trip", shape: "\(transport), 64 bytes", unit: "1/s", amount: 1
        ) { lane in
            let pair = try SocketPair(transport, lane: lane, folder: folder, replyBytes: 64)
            return { try pair.ask() }
        }
    }

    private static func bulk(over transport: String, _ folder: ScratchFolder) -> FloorStage {
        FloorStage(
            name: "nng reply", shape: "\(transport), 4 MiB", unit: "GB/s",
            amount: Double(bulkBytes) / 1e9
        ) { lane in
            let pair = try SocketPair(transport, lane: lane, folder: folder, replyBytes: bulkBytes)
            return { try pair.ask() }
        }
    }
}

/// A requester and the replier that answers it with so many bytes.
private final class SocketPair {
    private let requester: Requester
    private let replier: Replier
    private let folder: ScratchFolder
    private let question = [UInt8](repeating: 1, count: 64)
    private let replyBytes: Int

    init(_ transport: String, lane: Int, folder: ScratchFolder, replyBytes: Int) throws {
        let path = folder.url.appending(path: "\(lane)-\(replyBytes)").path
        let url = transport == "tcp" ? "tcp://127.0.0.1:0" : "ipc://\(path)"
        let answer = [UInt8](repeating: 2, count: replyBytes)
        replier = try Replier(
            url: url, receiveLimit: 1 << 10, replyLimit: replyBytes,
            onRequest: { try? $0.reply(answer) }, onDisconnect: { _ in })
        requester = try Requester(
            url: replier.localURL, receiveLimit: replyBytes, sendLimit: 1 << 10, name: "bench")
        self.folder = folder
        self.replyBytes = replyBytes
    }

    deinit {
        requester.close()
        replier.close()
    }

    func ask() throws {
        let answer = try requester.request(question, timeout: .seconds(30))
        guard answer.count == replyBytes else { throw BenchError.wrongReply(bytes: answer.count) }
    }
}
