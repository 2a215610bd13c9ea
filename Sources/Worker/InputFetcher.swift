import Blobs
import Domain
import Foundation
import Messaging
import Synchronization
import Transfer

/// Whether a task's inputs are at hand.
enum Preparation: Sendable {
    /// All are; the folders of other stores on this host that the child shall read too.
    case ready(alternates: [String])
    /// The attempt cannot start.
    case failed(TaskFailure)
}

/// Brings the inputs of a task within reach: from the own store, from a folder of the same host,
/// from a peer, or from the coordinator, in this order.
final class InputFetcher: Sendable {
    /// Blobs of which a neighbour's folder gave wrong bytes; more are forgotten all at once.
    private static let distrustedMax = 4_096

    private let store: BlobStore
    private let root: URL
    private let host: String
    private let fetcher: BlobFetcher
    private let coordinator = Mutex<CoordinatorProfile?>(nil)
    /// Folders of other stores on this host; it only grows, so that children keep what they
    /// know of them.
    private let folders = Mutex<Set<String>>([])
    private let distrusted = Mutex<Set<Digest>>([])

    init(store: BlobStore, root: URL, host: String) {
        self.store = store
        self.root = root
        self.host = host
        fetcher = BlobFetcher(store: store)
    }

    func welcome(_ profile: CoordinatorProfile) {
        coordinator.withLock { $0 = profile }
    }

    func close() { fetcher.close() }

    /// A child found a damaged copy of the blob: from now on it must come over the network into
    /// the own store, whatever the folders of neighbours say.
    func distrust(_ digest: Digest) {
        distrusted.withLock { known in
            if known.count >= Self.distrustedMax { known = [] }
            known.insert(digest)
        }
    }

    /// Makes sure that every input can be read by a child.
    ///
    /// - Returns: the folders of other stores on this host that the child shall read too, in a
    ///   fixed order; or the failure to report.
    func prepare(_ grant: WorkGrant) -> Preparation {
        let folders = neighbours(of: grant)
        let within: BlobStore
        do {
            within = try BlobStore(
                root: root, alternates: folders.map { URL(filePath: $0) },
                verification: .trusted)
        } catch { return .failed(TaskFailure(.environment, "\(error)")) }
        for input in grant.inputs {
            let digest = input.blob.digest
            let isDistrusted = distrusted.withLock { $0.contains(digest) }
            if isDistrusted ? store.contains(digest) : within.contains(digest) { continue }
            // The first input that is lost decides: the others can wait for the next attempt.
            if let failure = fetch(input, of: grant, complaining: isDistrusted) {
                return .failed(failure)
            }
        }
        return .ready(alternates: folders)
    }

    /// Brings what the next task will probably read into the own store; what cannot be had is
    /// left to that task.
    func fetchAhead(_ grant: WorkGrant) {
        for input in grant.ahead where !store.contains(input.blob.digest) {
            let isDistrusted = distrusted.withLock { $0.contains(input.blob.digest) }
            if isDistrusted { continue }
            guard fetch(input, of: grant, complaining: false) == nil else { return }
        }
    }

    /// Folders of the coordinator and of the inputs' holders that are on this host.
    private func neighbours(of grant: WorkGrant) -> [String] {
        var found: Set<String> = []
        if let profile = coordinator.withLock({ $0 }), profile.host == host {
            found.insert(profile.storePath)
        }
        for peer in grant.inputs.flatMap(\.holders) where peer.host == host {
            found.insert(peer.storePath)
        }
        found.remove(root.path)
        found.remove("")
        let known = folders.withLock { folders in
            folders.formUnion(found)
            return folders
        }
        return known.filter { FileManager.default.fileExists(atPath: $0) }.sorted()
    }

    /// Fetches an input; what to report when it cannot be had.
    private func fetch(
        _ input: GrantedInput, of grant: WorkGrant, complaining: Bool
    ) -> TaskFailure? {
        let digest = input.blob.digest
        let sources = sources(of: input, grant)
        if complaining { fetcher.complain(of: digest, to: sources) }
        do {
            try fetcher.fetch(digest, from: sources)
            return nil
        } catch let error as BlobError {
            if case .noSpace = error { return TaskFailure(.environment, error.description) }
            return TaskFailure(.lostInput, error.description, missing: [digest])
        } catch let error as TransferError {
            switch error {
            // With the passes of its next grant the task may well start.
            case .noSpace, .passRefused: return TaskFailure(.environment, error.description)
            default: return TaskFailure(.lostInput, error.description, missing: [digest])
            }
        } catch {
            return TaskFailure(.lostInput, "\(error)", missing: [digest])
        }
    }

    private func sources(of input: GrantedInput, _ grant: WorkGrant) -> [BlobSource] {
        var sources = input.holders.map { BlobSource(address: $0.address, pass: $0.pass) }
        if input.isDurable, let profile = coordinator.withLock({ $0 }) {
            sources.append(
                BlobSource(
                    address: profile.blobAddress, pass: grant.coordinatorPass ?? profile.pass))
        }
        return sources
    }

    /// Sends a durable output to the coordinator.
    func upload(_ digest: Digest) throws {
        guard let profile = coordinator.withLock({ $0 }) else { throw WorkerError.stopping }
        let address = profile.blobAddress
        do {
            try fetcher.client(address).send(digest, from: store, pass: profile.pass)
        } catch {
            if error is MessagingError { fetcher.giveUp(address) }
            switch error as? TransferError {
            case .passRefused?, .busy?: throw UploadPutOff(reason: "\(error)")
            default: throw error
            }
        }
    }
}

/// The coordinator could not take an upload now; with the pass of its next welcome, or when it is
/// less busy, it will.
struct UploadPutOff: Error, CustomStringConvertible {
    let reason: String

    var description: String { reason }
}
