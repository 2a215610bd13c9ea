import ArgumentParser
import Blobs
import Domain
import Foundation
import Ledger

/// `spokeshave doctor`: look for damage.
struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look for damage in a coordinator's or a worker's data folder.",
        discussion: """
            Reads the ledger and, with --blobs, every byte of every blob. It changes nothing and \
            works beside a running coordinator. Exits with 1 when something is wrong.
            """)

    @Option(name: .long, help: "The data folder of a coordinator or of a worker.")
    var dataDir: String

    @Flag(name: .long, help: "Read every blob and compare it with its name.")
    var blobs = false

    @OptionGroup var format: JSONOption

    /// One thing that was found.
    struct Finding: Encodable {
        let severity: String
        let subject: String
        let text: String
    }

    func run() throws {
        let folder = URL(filePath: dataDir)
        let ledger = folder.appendingPathComponent("ledger.sqlite")
        let store = folder.appendingPathComponent("store")
        let manager = FileManager.default
        guard manager.fileExists(atPath: ledger.path) || manager.fileExists(atPath: store.path)
        else {
            throw CommandFailure(
                .usage, "\(dataDir) holds neither a ledger nor a store: name a data folder.")
        }
        var findings: [Finding] = []
        if manager.fileExists(atPath: ledger.path) {
            findings += LedgerDoctor.examine(ledger).map {
                Finding(severity: "\($0.severity)", subject: $0.subject, text: $0.text)
            }
        }
        if manager.fileExists(atPath: store.path) { findings += try examine(store) }
        let isHealthy = !findings.contains { $0.severity == "problem" }
        if format.json {
            print(try JSONText.of(findings))
        } else {
            for finding in findings {
                print("\(finding.severity)  \(finding.subject): \(finding.text)")
            }
            print(isHealthy ? "No problem was found." : "There are problems.")
        }
        if !isHealthy { throw ExitCode(ExitStatus.unexpected.rawValue) }
    }

    /// Looks at a store; damage to a blob is a problem, what an unfinished write left is not.
    private func examine(_ folder: URL) throws -> [Finding] {
        let health = try BlobStore(root: folder).doctor(verifying: blobs)
        var findings = [
            Finding(
                severity: "note", subject: folder.path,
                text: "\(health.blobs) blobs of \(health.blobBytes >> 20) MiB and "
                    + "\(health.references) references; "
                    + "\(health.verifiedBytes >> 20) MiB were read.")
        ]
        for found in health.findings {
            findings.append(
                Finding(
                    severity: found.isDamage ? "problem" : "note", subject: found.path,
                    text: Self.sentence(found.kind)))
        }
        return findings
    }

    private static func sentence(_ kind: StoreFinding.Kind) -> String {
        switch kind {
        case .damagedBlob, .damagedReference:
            "its bytes are not what its name says; they are fetched or computed again when needed."
        case .damagedManifest, .missingManifest:
            "it is made anew when the blob is next read."
        case .orphanedManifest: "its blob is gone; it takes room for nothing."
        case .unreadableReference: "the record of a referenced file cannot be read."
        case .changedReference: "the file has changed since it was read; submit the model again."
        case .abandonedFile: "a process that is gone was writing it; the next start removes it."
        case .partialBlob: "a blob that has arrived in part; its sender goes on from there."
        case .quarantinedFile: "a damaged file that was put aside; delete it when you have seen it."
        case .foreignFile: "no Spokeshave wrote it."
        }
    }
}
