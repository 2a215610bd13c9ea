public import Domain

/// What a compression cost in quality, layer by layer: `spokeshave-report.json`.
///
/// Everything but `measured` is the same whatever machines did the work and however often it
/// was interrupted.
public struct CompressionReport: Sendable, Hashable, Codable {
    /// One compressed layer.
    public struct Layer: Sendable, Hashable, Codable {
        /// Name, method and errors.
        public let facts: LayerFacts
        /// Digest of the compressed weight.
        public let weight: Digest
    }

    /// Totals over all layers.
    public struct Summary: Sendable, Hashable, Codable {
        /// Layers that were compressed.
        public let layers: Int
        /// Their weights.
        public let weights: Int
        /// Mean of the layers' relative output errors on calibration samples.
        public let meanError: Double?
        /// The same on held-out samples.
        public let meanHeldOutError: Double?
        /// The layer with the largest error.
        public let worstLayer: String?
        /// Fraction of zeros over all compressed weights.
        public let sparsity: Double
        /// Mean bits per compressed weight when packed; nil when a layer is not quantised.
        public let bitsPerWeight: Double?
    }

    /// What differs from run to run.
    public struct Measured: Sendable, Hashable, Codable {
        /// The job.
        public let job: JobID
        /// Version of the software.
        public let software: String
        /// OpenBLAS core types of the workers, in order.
        public let cores: [String]
        /// Seconds from submission to the end.
        public let elapsedSeconds: Double
        /// Seconds of computing, all workers together.
        public let computeSeconds: Double
        /// The largest peak of anonymous memory of a task, in bytes.
        public let peakBytes: Int
        /// Tasks that ran again because intermediate bytes were lost.
        public let recomputedTasks: Int
        /// Attempts that failed or were lost.
        public let retriedAttempts: Int
        /// Tasks by stage: how many, and how many came from earlier runs.
        public let stages: [StageStatus]
        /// Seconds and peak bytes of each layer's solve, by layer.
        public let layers: [String: LayerMeasurement]
        /// Tasks that this job computed, by `TaskName.group`.
        public let groups: [String: GroupMeasurement]
        /// Operations a second of one thread's sgemm where the report was made, which is where
        /// the work was done; nil when that was elsewhere.
        public let sgemmFlopsPerSecond: Double?
    }

    /// What the tasks that do the same for other blocks and shards took.
    public struct GroupMeasurement: Sendable, Hashable, Codable {
        /// How many were computed.
        public internal(set) var tasks = 0
        /// Seconds of computing, of all of them together.
        public internal(set) var seconds = 0.0
        /// The largest peak of anonymous memory of one of them, in bytes.
        public internal(set) var peakBytes = 0
        /// Floating-point operations that they stated, of all of them together; 0 when unknown.
        public internal(set) var flops = 0.0
        /// The largest peak that one of them stated before it ran, in bytes; 0 when unknown.
        public internal(set) var statedBytes = 0

        /// Operations a second, of one task at a time.
        public var flopsPerSecond: Double { seconds > 0 ? flops / seconds : 0 }
    }

    /// What the tasks of a group stated, all together.
    public struct StatedCost: Sendable, Hashable {
        /// How many there are.
        public let tasks: Int
        /// Their floating-point operations.
        public let flops: Double
        /// The largest peak of anonymous memory that one of them states, in bytes.
        public let memoryBytesMax: Int

        /// A cost from its parts.
        public init(tasks: Int, flops: Double, memoryBytesMax: Int) {
            self.tasks = tasks
            self.flops = flops
            self.memoryBytesMax = memoryBytesMax
        }
    }

    /// What solving a layer took.
    public struct LayerMeasurement: Sendable, Hashable, Codable {
        /// Seconds.
        public let seconds: Double
        /// Peak anonymous memory in bytes.
        public let peakBytes: Int
    }

    /// The version of this file's form.
    public let form: Int
    /// The model's name.
    public let model: String
    /// The recipe as it was given.
    public let recipe: String?
    /// Digest of the job's specification: model, data and recipe.
    public let specification: Digest
    /// Digests of the output's weight files.
    public let files: [String: Digest]
    /// What calibrated.
    public let calibration: TokenFacts?
    /// Totals.
    public let summary: Summary
    /// Every compressed layer, in the model's order.
    public let layers: [Layer]
    /// What differs from run to run.
    public let measured: Measured
}
