import Foundation
import Planning

/// `scripts/simulate-cluster`.
@main
enum Entry {
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard !arguments.contains("--help") else { return print(Options.usage) }
        do { try run(try Options(arguments)) } catch {
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            exit(2)
        }
    }

    private static func run(_ options: Options) throws {
        let model = try model(options.shape, options.model)
        guard let file = options.recipe else { return }
        let recipe = try Recipe(yaml: String(contentsOfFile: file, encoding: .utf8))
        let plan = try Plan(model, recipe)
        var rates = Rates(
            flopsPerSecond: options.cluster.gigaflops * 1e9 / Double(options.cluster.slots))
        rates.overheadSeconds = 0.02
        if let file = options.calibration {
            let other = try options.calibratedOn.map { try self.model(nil, $0) } ?? model
            rates = try Calibration(file: file).rates(
                on: other, sharesModel: options.calibratedOn == nil,
                workers: options.calibrationWorkers)
        }
        if let seconds = options.overhead { rates.overheadSeconds = seconds }
        var reports: [RunReport] = []
        let isTable = options.machines.count * options.bandwidths.count > 1
        if isTable, !options.isJSON { print(RunReport.heading) }
        for machines in options.machines {
            for gigabits in options.bandwidths {
                var cluster = options.cluster
                (cluster.machines, cluster.gigabits) = (machines, gigabits)
                let report = RunReport(
                    cluster: cluster, bound: LowerBound(plan, rates, cluster),
                    outcome: try ClusterRun(plan, cluster, rates).play())
                reports.append(report)
                if options.isJSON { continue }
                print(isTable ? report.line : report.page)
                fflush(nil)
            }
        }
        guard options.isJSON else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(reports), as: UTF8.self))
    }

    /// A model by its shape's name, or by its folder or, again, its shape's name.
    private static func model(_ shape: String?, _ folder: String?) throws -> ModelShape {
        if let shape { return try ModelShape(named: shape) }
        let name = folder ?? ""
        if ModelShape.names.contains(name) { return try ModelShape(named: name) }
        return try ModelShape(folder: name)
    }
}
