/// Something that no task can do faster than the machine, by itself or beside others.
struct FloorStage: Sendable {
    let name: String
    let shape: String
    /// What `amount` counts, a second.
    let unit: String
    /// Units that one call does.
    let amount: Double
    var rounds = 5
    /// Prepares a lane's data and gives what is timed.
    let makeWork: @Sendable (_ lane: Int) throws -> () throws -> Void

    /// The rate of so many threads together.
    func measure(threads: Int, seconds: Double) throws -> FloorLine {
        let lanes = Lanes(count: threads, seconds: seconds, rounds: rounds)
        let rates = try lanes.rates(makeWork).map { $0 * amount }
        return FloorLine(
            stage: name, shape: shape, unit: unit, threads: threads, median: rates.median,
            best: rates.max() ?? 0, rounds: rates)
    }
}

/// What one measurement found.
struct FloorLine: Codable, Sendable {
    let stage: String
    let shape: String
    let unit: String
    let threads: Int
    let median: Double
    let best: Double
    let rounds: [Double]
}

/// All that `bench floor` found.
struct FloorReport: Codable, Sendable {
    let machine: Machine
    let lines: [FloorLine]

    /// One row for each stage and shape, with both numbers of threads beside each other.
    func table() -> Table {
        let counts = Set(lines.map(\.threads)).sorted()
        let headings = counts.flatMap { count in
            let threads = count == 1 ? "1 thread" : "\(count) threads"
            return ["\(threads), median", "best"]
        }
        var table = Table(["Stage", "Shape", "Unit"] + headings, wordColumns: 3)
        for line in lines where line.threads == counts.first {
            let figures = counts.flatMap { count in
                let found = lines.first {
                    ($0.stage, $0.shape, $0.threads) == (line.stage, line.shape, count)
                }
                return found.map { [figure($0.median), figure($0.best)] } ?? ["–", "–"]
            }
            table.add([line.stage, line.shape, line.unit] + figures)
        }
        return table
    }
}
