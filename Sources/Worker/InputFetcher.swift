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
    private let store: BlobStore
    private let root: URL
    private let host: String
    private let clients = Mutex<[String: BlobClient]>([:])
    private let coordinator = Mutex<CoordinatorProfile?>(nil)
    /// Folders of other stores on this host; it only grows, so that children keep what they
    /// know of them.
    private let folders = Mutex<Set<String>>([])
    /// Peers that did not answer lately.
    private let silent = Mutex<Set<String>>([])

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
            // Peers that are away would cost a time-out for each further input.
            if !lost.isEmpty { break }
        }
        guard lost.isEmpty else {
            return .failed(TaskFailure(.lostInput, reason, missing: Array(lost.prefix(4_096))))
        }
        return .ready(alternates: folders)
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

    private func fetch(_ input: GrantedInput) throws {
        var addresses = input.holders.map(\.address)
        if input.isDurable, let profile = coordinator.withLock({ $0 }) {
            addresses.append(profile.blobAddress)
        }
        // Those that did not answer lately come last: each costs a time-out.
        let quiet = silent.withLock { $0 }
        addresses = addresses.filter { !quiet.contains($0) } + addresses.filter(quiet.contains)
        var reason = "nobody is known to hold it."
        for address in addresses {
            do {
                try client(address).fetch(input.blob.digest, into: store, synced: false)
                silent.withLock { _ = $0.remove(address) }
                return
            } catch let error as BlobError {
                if case .noSpace = error { throw error }
                reason = error.description
            } catch {
                if error is MessagingError { giveUp(address) }
                reason = "\(error)"
            }
        }
        throw TransferError.unavailable(input.blob.digest, lastReason: reason)
    }

    /// Ends the connection to a peer that does not answer, and asks it last from now on.
    private func giveUp(_ address: String) {
        silent.withLock { _ = $0.insert(address) }
        clients.withLock { $0.removeValue(forKey: address) }?.close()
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
        do { try client(profile.blobAddress).send(digest, from: store) } catch {
            if error is MessagingError { giveUp(profile.blobAddress) }
            throw error
        }
    }
}
