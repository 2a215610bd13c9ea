import Blobs
import Domain
import Foundation
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
    private let store: BlobStore
    private let root: URL
    private let host: String
    private let clients = Mutex<[String: BlobClient]>([:])
    private let coordinator = Mutex<CoordinatorProfile?>(nil)

    init(store: BlobStore, root: URL, host: String) {
        self.store = store
        self.root = root
        self.host = host
    }

    func welcome(_ profile: CoordinatorProfile) {
        coordinator.withLock { $0 = profile }
    }

    func close() {
        let open = clients.withLock { open in
            let all = open.values
            open = [:]
            return Array(all)
        }
        for client in open { client.close() }
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
        var lost: [Digest] = []
        var reason = ""
        for input in grant.inputs where !within.contains(input.blob.digest) {
            do { try fetch(input) } catch let error as TransferError {
                if case .noSpace(let text) = error {
                    return .failed(TaskFailure(.environment, text))
                }
                lost.append(input.blob.digest)
                reason = error.description
            } catch let error as BlobError {
                if case .noSpace = error {
                    return .failed(TaskFailure(.environment, error.description))
                }
                lost.append(input.blob.digest)
                reason = error.description
            } catch {
                lost.append(input.blob.digest)
                reason = "\(error)"
            }
        }
        guard lost.isEmpty else {
            return .failed(TaskFailure(.lostInput, reason, missing: Array(lost.prefix(4_096))))
        }
        return .ready(alternates: folders)
    }

    /// Folders of the coordinator and of the inputs' holders that are on this host.
    private func neighbours(of grant: WorkGrant) -> [String] {
        var folders: Set<String> = []
        if let profile = coordinator.withLock({ $0 }), profile.host == host {
            folders.insert(profile.storePath)
        }
        for peer in grant.inputs.flatMap(\.holders) where peer.host == host {
            folders.insert(peer.storePath)
        }
        folders.remove(root.path)
        folders.remove("")
        return folders.filter { FileManager.default.fileExists(atPath: $0) }.sorted()
    }

    private func fetch(_ input: GrantedInput) throws {
        var addresses = input.holders.map(\.address)
        if input.isDurable, let profile = coordinator.withLock({ $0 }) {
            addresses.append(profile.blobAddress)
        }
        var reason = "nobody is known to hold it."
        for address in addresses {
            do {
                try client(address).fetch(input.blob.digest, into: store, synced: false)
                return
            } catch let error as BlobError {
                if case .noSpace = error { throw error }
                reason = error.description
            } catch {
                reason = "\(error)"
            }
        }
        throw TransferError.unavailable(input.blob.digest, lastReason: reason)
    }

    /// A client of the server at `address`, kept for the next time.
    func client(_ address: String) throws -> BlobClient {
        try clients.withLock { open in
            if let client = open[address] { return client }
            let client = try BlobClient(address: address)
            open[address] = client
            return client
        }
    }

    /// Sends a durable output to the coordinator.
    func upload(_ digest: Digest) throws {
        guard let profile = coordinator.withLock({ $0 }) else { throw WorkerError.stopping }
        try client(profile.blobAddress).send(digest, from: store)
    }
}
