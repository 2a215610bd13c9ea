import ArgumentParser
import Checkpoints
import Domain
import Foundation
import Models

/// `spokeshave verify`: is a checkpoint whole?
struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check that a checkpoint is complete and sound.",
        discussion: """
            Every tensor that the architecture needs is there with its shape; no number is NaN \
            or infinite; of each quantised layer all tensors are there, agree with the \
            configuration, and hold no scale of zero. Exit code 3 when something is wrong.
            """)

    @Argument(help: "A Hugging Face folder, dense or quantised, or a GGUF file.")
    var model: String

    @OptionGroup var format: JSONOption

    func run() throws {
        let url = URL(filePath: model)
        let findings = try Self.findings(url)
        if format.json {
            print(try JSONText.of(Answer(model: url.path, findings: findings)))
        } else if findings.isEmpty {
            print("\(url.path) is sound.")
        } else {
            for finding in findings { print(finding) }
        }
        guard findings.isEmpty else {
            throw CommandFailure(.badInput, "\(url.path) has \(findings.count) faults.")
        }
    }

    private struct Answer: Encodable {
        let model: String
        let findings: [String]
    }

    /// What is wrong, one sentence each.
    static func findings(_ url: URL) throws -> [String] {
        let dense = try Convert.open(url)
        let architecture = try ArchitectureCatalogue.architecture(
            configuration: dense.configuration)
        var findings: [String] = []
        do { try architecture.validate(tensors: dense.references) } catch {
            findings.append("\(error)")
        }
        if url.pathExtension != "gguf" {
            findings += try quantizedFindings(HuggingFaceFolder.open(at: url), architecture)
        }
        guard findings.isEmpty else { return findings }
        for form in dense.forms {
            if let place = try dense.firstNonFinite(of: form) {
                findings.append("\(form.name) holds NaN or infinity (element \(place)).")
            }
        }
        return findings
    }

    private static func quantizedFindings(
        _ folder: HuggingFaceFolder, _ architecture: any Architecture
    ) throws -> [String] {
        guard let checkpoint = try QuantizedCheckpoint.recognise(folder) else { return [] }
        let linears = (0..<architecture.blockCount).flatMap { block in
            architecture.linearGroups(inBlock: block).flatMap(\.linears).map(\.name)
        }
        return QuantizedCheckpointCheck(checkpoint, linears: linears).findings {
            (tensor) throws(CheckpointError) in try DenseModel.read(tensor, in: folder)
        }
    }
}
