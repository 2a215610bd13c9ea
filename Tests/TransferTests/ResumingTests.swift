import Blobs
import Domain
import Foundation
import Glibc
import Identity
import Testing
import Transfer

@Suite struct `A connection that is cut again and again` {
    @Test func `costs a fetch almost nothing twice`() throws {
        let bench = try TransferBench()
        let digest = try TransferBench.fill(bench.there, chunks: 16)
        let relay = try CuttingRelay(to: bench.server.address, cutEvery: 20 << 20)
        defer { relay.stop() }
        let client = try BlobClient(address: relay.address)
        defer { client.close() }
        try client.fetch(digest, into: bench.here, synced: false)
        try bench.here.verify(digest)
        #expect(relay.now.cuts >= 3)
        // Of each cut at most one reply is lost on its way.
        let total = 16 * Limits.chunkBytes
        #expect(relay.now.moved < total + relay.now.cuts * (1 << 20) + total / 100)
    }

    @Test func `costs a sending almost nothing twice`() throws {
        let bench = try TransferBench()
        let digest = try TransferBench.fill(bench.here, chunks: 16)
        let relay = try CuttingRelay(to: bench.server.address, cutEvery: 20 << 20)
        defer { relay.stop() }
        let client = try BlobClient(address: relay.address)
        defer { client.close() }
        try client.send(digest, from: bench.here)
        try bench.there.verify(digest)
        #expect(bench.arrivals.all.map(\.digest) == [digest])
        #expect(relay.now.cuts >= 3)
        let total = 16 * Limits.chunkBytes
        let pieces = relay.now.cuts * 8 * Limits.pieceBytes
        #expect(relay.now.moved < total + pieces + total / 100)
    }

    /// Set `SPOKESHAVE_TRANSFER_BYTES` to e.g. 4294967296 to run it: acceptance test A6.
    @Test(.enabled(if: ResumingTestsSize.chunks > 0))
    func `moves a large blob with few bytes twice, if its size is given by the environment`() throws
    {
        let chunks = ResumingTestsSize.chunks
        var lines: [String] = []
        var random = SystemRandomNumberGenerator()
        let key = TicketKey(random: &random)
        let pass = key.makePass(
            BlobRights(getAny: true, mayPut: true), expiresUnixMs: .max, random: &random)
        for isSealed in [false, true] {
            let bench = try TransferBench(keys: isSealed ? HolderKeys(key) : nil)
            let digest = try TransferBench.fill(bench.there, chunks: chunks)
            for cutEvery in [Int.max, 200_000_000] {
                let relay = try CuttingRelay(to: bench.server.address, cutEvery: cutEvery)
                defer { relay.stop() }
                let direct = cutEvery == .max
                let client = try BlobClient(
                    address: direct ? bench.server.address : relay.address,
                    pass: isSealed ? pass : nil)
                defer { client.close() }
                let kind = (isSealed ? "sealed" : "plain") + (direct ? "" : ", cut every 200 MB")
                let fetch = try Effort {
                    try client.fetch(digest, into: bench.here, synced: false)
                }
                lines.append(line("fetch, \(kind)", chunks, fetch, relay.now))
                if !direct { #expect(relay.now.moved < chunks * Limits.chunkBytes * 102 / 100) }
                try bench.there.remove(digest)
                let before = relay.now
                let send = try Effort { try client.send(digest, from: bench.here) }
                var moved = relay.now
                moved.moved -= before.moved
                moved.cuts -= before.cuts
                lines.append(line("send, \(kind)", chunks, send, moved))
                if !direct { #expect(moved.moved < chunks * Limits.chunkBytes * 102 / 100) }
                try bench.here.remove(digest)
            }
        }
        let text = lines.map { "A6: \($0)\n" }.joined()
        Attachment.record(text, named: "transfer.txt")
        try FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }

    private func line(
        _ kind: String, _ chunks: Int, _ effort: Effort, _ figures: CuttingRelay.Figures
    ) -> String {
        let bytes = Double(chunks * Limits.chunkBytes)
        let speed =
            "\(kind): \(Int(bytes / 1e6)) MB at \(Int(bytes / 1e6 / effort.seconds)) MB/s, "
            + "\((effort.cpuSeconds / bytes * 1e11).rounded() / 100) CPU s/GB both sides"
        guard figures.moved > 0 else { return speed }
        let factor = (Double(figures.moved) / bytes * 10_000).rounded() / 10_000
        return speed + ", \(figures.cuts) cuts, bytes moved x \(factor)"
    }
}

/// What something took: seconds of the clock, and of this process's processors.
struct Effort {
    let seconds: Double
    let cpuSeconds: Double

    init(_ body: () throws -> Void) rethrows {
        let before = Self.cpu
        seconds = try ContinuousClock().measure(body) / .seconds(1)
        cpuSeconds = Self.cpu - before
    }

    private static var cpu: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}

/// How large a blob the acceptance test moves.
enum ResumingTestsSize {
    static var chunks: Int {
        let text = ProcessInfo.processInfo.environment["SPOKESHAVE_TRANSFER_BYTES"] ?? ""
        return (Int(text) ?? 0) / Limits.chunkBytes
    }
}
