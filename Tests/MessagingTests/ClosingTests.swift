import Foundation
import Messaging
import Testing

extension `Messaging over nng` {
    /// nng 1.5.2 as it is shipped hangs here within ten rounds.
    @Suite struct `Closing` {
        @Test(arguments: ["tcp://127.0.0.1:0", "ipc", "tls+tcp://127.0.0.1:0"], [100, 700_000])
        func `ends while messages arrive`(address: String, count: Int) async throws {
            try #require(MessagingLibrary.closesCleanly)
            try await onThread {
                let isSecure = address.hasPrefix("tls")
                for round in 0..<25 {
                    let replier = try echoReplier(
                        isSecure ? .tls(.goodServer) : .plain,
                        url: address == "ipc" ? freshURL("ipc") : address)
                    let requester = try requester(
                        to: replier, isSecure ? .tls(.goodClient) : .plain)
                    let askers = (0..<4).map { seed in
                        start {
                            let bytes = pattern(seed: UInt64(seed), count: count)
                            while true { _ = try requester.request(bytes, timeout: .seconds(30)) }
                        }
                    }
                    Thread.sleep(forTimeInterval: Double(round % 5 + 1) / 1_000)
                    if round.isMultiple(of: 2) { replier.close() }
                    requester.close()
                    replier.close()
                    for asker in askers {
                        #expect(throws: MessagingError.self) { try asker.take().get() }
                    }
                }
                #expect(MessagingLibrary.closingsGivenUp == 0)
            }
        }
    }
}
