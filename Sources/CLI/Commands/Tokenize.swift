import ArgumentParser
import Foundation
import Tokenization

/// `spokeshave tokenize`: text to token ids.
struct Tokenize: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Turn a text into token ids (.npy, int32).")

    @Option(name: .long, help: "A tokenizer.json.")
    var tokenizer: String

    @Option(name: .long, help: "A UTF-8 text.")
    var text: String

    @Option(name: .long, help: "The .npy file to write.")
    var out: String

    @Flag(name: .long, help: "Let the tokenizer add its special tokens.")
    var specialTokens = false

    func run() throws {
        let json = try read(tokenizer), content = try read(text)
        let ids = try Tokenizer(json: json).encode(content, addSpecialTokens: specialTokens)
        var header = "{'descr': '<i4', 'fortran_order': False, 'shape': (\(ids.count),), }"
        // The format wants the data to start at a multiple of 64.
        while (10 + header.utf8.count + 1) % 64 != 0 { header += " " }
        header += "\n"
        var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0]
        bytes += [UInt8(header.utf8.count & 255), UInt8(header.utf8.count >> 8)]
        bytes += Array(header.utf8)
        bytes.reserveCapacity(bytes.count + ids.count * 4)
        for id in ids {
            let word = UInt32(bitPattern: id)
            for shift in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: word >> (8 * shift))) }
        }
        try Data(bytes).write(to: URL(filePath: out), options: .atomic)
        print("\(ids.count) tokens")
    }

    private func read(_ path: String) throws -> [UInt8] {
        guard let data = try? Data(contentsOf: URL(filePath: path)) else {
            throw CommandFailure(.badInput, "\(path) cannot be read.")
        }
        return Array(data)
    }
}
