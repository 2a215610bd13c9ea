import Glibc
import Linalg

/// Which experts pass each of T tokens, and with what share.
struct Routing: Sendable {
    /// A token among those of an expert: its row, which of its choices the expert is, and the
    /// expert's share in the output.
    struct Place: Sendable, Hashable {
        let token: Int
        let slot: Int
        let share: Float
    }

    private let chosen: Int
    /// The numbers of the experts and their shares, T × chosen, each token's best first.
    private let experts: [Int]
    private let shares: [Float]
    /// Those of the shared expert, T; none without one.
    private let sharedShares: [Float]

    /// The most probable experts of each row of logits, T × experts; of equals the first.
    ///
    /// Shares are probabilities among all experts, divided by their sum if `normalises` says so;
    /// that of the shared expert is the logistic function of its own logits, T × 1.
    init(
        logits: consuming Matrix, chosen: Int, normalises: Bool, shared: consuming Matrix?
    ) {
        precondition(chosen <= logits.columns)
        var (experts, shares): ([Int], [Float]) = ([], [])
        for token in 0..<logits.rows {
            var row = logits.mutableRow(token)
            softmax(&row, valid: row.count)
            var best: [Int] = []
            for _ in 0..<chosen {
                var next: Int?
                for expert in row.indices where !best.contains(expert) {
                    if let found = next, !(row[expert] > row[found]) { continue }
                    next = expert
                }
                if let next { best.append(next) }
            }
            let sum = normalises ? best.reduce(Float(0)) { $0 + row[$1] } : 1
            experts += best
            shares += best.map { row[$0] / sum }
        }
        var sharedShares: [Float] = []
        if let shared {
            let logits = shared.elements
            sharedShares = logits.indices.map { Float(1 / (1 + exp(-Double(logits[$0])))) }
        }
        self.chosen = chosen
        (self.experts, self.shares, self.sharedShares) = (experts, shares, sharedShares)
    }

    /// What `write(to:_:)` has put into a middle state; throws `ModelError.wrongState` when that
    /// holds anything else.
    init(from middle: borrowing Matrix, _ layout: ExpertsLayout, experts count: Int) throws {
        var (experts, shares): ([Int], [Float]) = ([], [])
        for token in 0..<middle.rows {
            for slot in 0..<layout.chosen {
                let number = middle[token, layout.number(slot)]
                guard let expert = Int(exactly: number), 0..<count ~= expert else {
                    throw ModelError.wrongState(
                        reason: "the middle state sends token \(token) to expert \(number) of "
                            + "\(count)")
                }
                experts.append(expert)
                shares.append(middle[token, layout.share(slot)])
            }
        }
        chosen = layout.chosen
        (self.experts, self.shares) = (experts, shares)
        var sharedShares: [Float] = []
        if layout.sharedWidth > 0 {
            for token in 0..<middle.rows { sharedShares.append(middle[token, layout.sharedShare]) }
        }
        self.sharedShares = sharedShares
    }

    /// The tokens of an expert in their order; nil is the one that all tokens pass.
    func places(of expert: Int?) -> [Place] {
        guard let expert else {
            return sharedShares.enumerated().map { Place(token: $0, slot: 0, share: $1) }
        }
        return experts.indices.filter { experts[$0] == expert }.map {
            Place(token: $0 / chosen, slot: $0 % chosen, share: shares[$0])
        }
    }

    /// Puts numbers and shares where the layout has them.
    func write(to middle: inout Matrix, _ layout: ExpertsLayout) {
        for (index, expert) in experts.enumerated() {
            let (token, slot) = (index / chosen, index % chosen)
            middle[token, layout.number(slot)] = Float(expert)
            middle[token, layout.share(slot)] = shares[index]
        }
        for (token, share) in sharedShares.enumerated() {
            middle[token, layout.sharedShare] = share
        }
    }
}
