import Blobs
import Domain
import Foundation
import GRDB

@testable import Ledger

/// Starts from an image as after any power cut, and compares it with what was promised.
struct ImageInspection {
    let folder: URL
    let plan: WorkloadPlan
    let digests: BlobDigests
    let promises: Promises

    /// What is wrong with an image.
    enum Complaint: Hashable {
        case doesNotOpen(String)
        case failsIntegrityCheck(String)
        /// A commit that was acknowledged is not there.
        case lacksCommit(String)
        /// The ledger holds what no sequence of whole batches leaves.
        case isTorn(String)
        /// A blob that the ledger or its writer promised is missing or wrong.
        case lacksBlob(String)
        case cannotGoOn(String)
    }

    func complaints() -> [Complaint] {
        let ledger: Ledger
        do { ledger = try Ledger(file: folder.appendingPathComponent("ledger.db")) } catch {
            return [.doesNotOpen("\(error)")]
        }
        defer { try? ledger.close() }
        var found: [Complaint] = []
        do {
            found += try integrity(ledger)
            found += try commits(ledger)
            let state = try ExpectedState(reading: ledger)
            found += try blobs(state)
            found += backups()
        } catch {
            found.append(.doesNotOpen("\(error)"))
        }
        do {
            try ledger.apply([.document(name: "after", [1])])
        } catch {
            found.append(.cannotGoOn("\(error)"))
        }
        return found
    }

    private func integrity(_ ledger: Ledger) throws -> [Complaint] {
        try ledger.database.read { connection in
            var found: [Complaint] = []
            let answers = try String.fetchAll(connection, sql: "PRAGMA integrity_check")
            if answers != ["ok"] { found.append(.failsIntegrityCheck("\(answers)")) }
            let broken = try Row.fetchAll(connection, sql: "PRAGMA foreign_key_check")
            if !broken.isEmpty { found.append(.failsIntegrityCheck("\(broken)")) }
            return found
        }
    }

    private func commits(_ ledger: Ledger) throws -> [Complaint] {
        var found: [Complaint] = []
        if ledger.epoch <= promises.epoch {
            found.append(.lacksCommit("epoch \(ledger.epoch) after \(promises.epoch)"))
        }
        let text = try ledger.document(named: "step").map { String(decoding: $0, as: UTF8.self) }
        let step = text.flatMap { Int($0) } ?? 0
        let promised = plan.lastChange(upTo: promises.done)
        if step < promised { found.append(.lacksCommit("step \(step) instead of \(promised)")) }
        if step > promises.begun { found.append(.isTorn("step \(step) was never begun")) }
        let expected = ExpectedState(after: step, of: plan, digests: digests)
        if try ExpectedState(reading: ledger) != expected {
            found.append(.isTorn("the ledger is not as step \(step) left it"))
        }
        return found
    }

    private func blobs(_ state: ExpectedState) throws -> [Complaint] {
        let store = try BlobStore(root: folder.appendingPathComponent("store"))
        var promised = state.blobs
        if promises.stored > promises.done {
            // Stored, but not yet in the ledger.
            promised.formUnion(storedBlobs(plan.steps[promises.stored - 1]))
        }
        var found: [Complaint] = []
        for digest in promised.sorted() {
            do { try store.verify(digest) } catch { found.append(.lacksBlob("\(error)")) }
        }
        do {
            try resume(store)
        } catch {
            found.append(.cannotGoOn("\(error)"))
        }
        return found
    }

    private func storedBlobs(_ step: WorkloadPlan.Step) -> [Digest] {
        switch step {
        case .submit(_, _, let specification): [digests[specification]]
        case .finish(_, let blobs): blobs.map { digests[$0] }
        case .receiveRest(_, let blob): [digests[blob]]
        default: []
        }
    }

    /// Goes on receiving what was half there, whatever is left of it.
    private func resume(_ store: BlobStore) throws {
        for step in plan.steps.prefix(promises.begun) {
            guard case .receiveHalf(let blob) = step, !store.contains(digests[blob]) else {
                continue
            }
            let bytes = plan.bytes(ofBlob: blob)
            let receipt = try store.receive(BlobManifest(of: bytes), synced: false)
            for chunk in receipt.missingChunks {
                let range = receipt.manifest.range(ofChunk: chunk)
                try receipt.write(chunk: chunk, Array(bytes[range]))
            }
            let reference = try receipt.commit()
            try store.verify(reference.digest)
        }
    }

    /// Backups that were finished are there and sound.
    private func backups() -> [Complaint] {
        plan.steps.prefix(promises.done).compactMap { step in
            guard case .backup(let number) = step else { return nil }
            let file = folder.appendingPathComponent("backup-\(number).db")
            let problems = LedgerDoctor.examine(file).filter { $0.severity == .problem }
            return problems.first.map { .lacksCommit("backup \(number): \($0.text)") }
        }
    }
}
