import Foundation
import Synchronization

/// What a number of images showed.
struct Figures {
    var operations = 0
    var images = 0
    var opened = 0
    var sound = 0
    /// Images that lack a commit or a backup that was acknowledged.
    var lackingCommits = 0
    var torn = 0
    /// Images that lack a blob that was promised.
    var lackingBlobs = 0
    var stuck = 0
    /// The first few complaints, each with the image it came from.
    var examples: [String] = []

    /// Whether every image kept every promise.
    var isFlawless: Bool {
        opened == images && sound == images && lackingCommits + torn + lackingBlobs + stuck == 0
    }

    mutating func count(_ complaints: [ImageInspection.Complaint], image: String) {
        images += 1
        var kinds: Set<String> = []
        for complaint in complaints {
            kinds.insert(String("\(complaint)".prefix { $0 != "(" }))
            if examples.count < 5 { examples.append("\(image): \(complaint)") }
        }
        opened += kinds.contains("doesNotOpen") ? 0 : 1
        sound += kinds.contains("failsIntegrityCheck") ? 0 : 1
        lackingCommits += kinds.contains("lacksCommit") ? 1 : 0
        torn += kinds.contains("isTorn") ? 1 : 0
        lackingBlobs += kinds.contains("lacksBlob") ? 1 : 0
        stuck += kinds.contains("cannotGoOn") ? 1 : 0
    }
}

/// Where figures go when a person asked for them.
enum Report {
    static let variable = "SPOKESHAVE_POWER_CUT_REPORT"
    private static let lock = Mutex(())
    /// Whether nobody asked for figures, so that one bad image of a planted error is enough.
    static let isBrief = ProcessInfo.processInfo.environment[variable] == nil

    /// Appends a line to the report, if there is to be one.
    static func add(_ name: String, _ figures: Figures) {
        guard let path = ProcessInfo.processInfo.environment[variable] else { return }
        let line = [
            name, "\(figures.operations)", "\(figures.images)", "\(figures.opened)",
            "\(figures.sound)", "\(figures.lackingCommits)", "\(figures.torn)",
            "\(figures.lackingBlobs)", "\(figures.stuck)",
        ].joined(separator: "\t")
        lock.withLock { _ in
            guard let handle = FileHandle(forWritingAtPath: path) else { return }
            _ = try? handle.seekToEnd()
            try? handle.write(contentsOf: Data((line + "\n").utf8))
            try? handle.close()
        }
    }
}
