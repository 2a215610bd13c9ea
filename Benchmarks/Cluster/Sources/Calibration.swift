import Domain
import Foundation
import Planning

/// What a real run measured: as much of `spokeshave-report.json` as rates follow from.
struct Calibration: Decodable, Sendable {
    struct Measured: Decodable, Sendable {
        let elapsedSeconds: Double
        let computeSeconds: Double
        /// Tasks that were computed and their seconds, by ``Domain/TaskName/group``.
        let groups: [String: Group]
    }

    struct Group: Decodable, Sendable {
        let tasks: Int
        let seconds: Double
    }

    let recipe: String?
    let measured: Measured

    /// Reads a report.
    init(file: String) throws {
        let data = try Data(contentsOf: URL(filePath: file))
        do { self = try JSONDecoder().decode(Calibration.self, from: data) } catch {
            throw SimulatorError.usage(
                "\(file) is no report of a version that measures groups: \(error)")
        }
    }

    /// What one group's tasks took, with what they state.
    struct Sample {
        let group: String
        let kind: String
        let tasks: Int
        let seconds: Double
        let flops: Double
    }

    /// The rates of the run's machine.
    ///
    /// - Parameters:
    ///   - model: the model that the report is of.
    ///   - sharesModel: whether the run to be predicted is of the same model; then groups keep
    ///     what they took beyond their kind's rate.
    ///   - workers: the workers of the report's run; with one, what it took beside computing is
    ///     spread over its tasks.
    func rates(on model: ModelShape, sharesModel: Bool, workers: Int) throws -> Rates {
        guard let recipe else { throw SimulatorError.usage("The report holds no recipe.") }
        let samples = samples(of: try Plan(model, try Recipe(yaml: recipe)))
        guard !samples.isEmpty else {
            throw SimulatorError.usage("The report's groups are none of \(model.title)'s.")
        }
        var rates = Rates(flopsPerSecond: Self.meanRate(samples))
        let count = samples.reduce(0) { $0 + $1.tasks }
        let beside = measured.elapsedSeconds - measured.computeSeconds
        if workers == 1 { rates.overheadSeconds = max(0, beside) / Double(count) }
        for (kind, ofKind) in Dictionary(grouping: samples, by: \.kind) {
            let fitted = Self.fit(ofKind)
            rates.kinds[kind] = fitted
            guard sharesModel else { continue }
            for sample in ofKind {
                let predicted = fitted.seconds + sample.flops / fitted.flopsPerSecond
                guard predicted > 0 else { continue }
                rates.corrections[sample.group] = sample.seconds / predicted
            }
        }
        return rates
    }

    private func samples(of plan: Plan) -> [Sample] {
        let planned = Dictionary(grouping: plan.tasks) { $0.name.group }
        return measured.groups.sorted { $0.key < $1.key }.compactMap { name, group in
            guard group.tasks > 0, let tasks = planned[name], let kind = tasks.first?.kind
            else { return nil }
            let flops = tasks.reduce(0) { $0 + $1.cost.flops } / Double(tasks.count)
            return Sample(
                group: name, kind: kind, tasks: group.tasks,
                seconds: group.seconds / Double(group.tasks), flops: flops)
        }
    }

    private static func meanRate(_ samples: [Sample]) -> Double {
        let seconds = samples.reduce(0) { $0 + $1.seconds * Double($1.tasks) }
        let flops = samples.reduce(0) { $0 + $1.flops * Double($1.tasks) }
        return max(1, flops / max(seconds, 1e-9))
    }

    /// The line through a kind's groups with the least squares, of no negative time and rate.
    static func fit(_ samples: [Sample]) -> Rates.Kind {
        let weight = samples.reduce(0.0) { $0 + Double($1.tasks) }
        let meanSeconds = samples.reduce(0) { $0 + $1.seconds * Double($1.tasks) } / weight
        let meanFlops = samples.reduce(0) { $0 + $1.flops * Double($1.tasks) } / weight
        var square = 0.0
        var product = 0.0
        for sample in samples {
            let distance = sample.flops - meanFlops
            square += Double(sample.tasks) * distance * distance
            product += Double(sample.tasks) * distance * (sample.seconds - meanSeconds)
        }
        let through = Rates.Kind(
            seconds: 0, flopsPerSecond: meanFlops > 0 ? meanFlops / meanSeconds : .infinity)
        let flat = Rates.Kind(seconds: meanSeconds, flopsPerSecond: .infinity)
        guard square > 0 else { return meanFlops > 0 ? through : flat }
        let slope = product / square
        guard slope > 0 else { return flat }
        let fixed = meanSeconds - slope * meanFlops
        return fixed < 0 ? through : Rates.Kind(seconds: fixed, flopsPerSecond: 1 / slope)
    }
}
