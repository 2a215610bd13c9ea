// The simulator as a program, for `scripts/check-mutants`:
//
//   simulator FROM COUNT [normal] [hashes] [tell | whole] [all]
//
// With `hashes` each sound seed prints what its life was, for another process to compare.
let arguments = CommandLine.arguments.dropFirst()
let numbers = arguments.compactMap { UInt64($0) }
let from = numbers.first ?? 0
let count = numbers.count > 1 ? numbers[1] : 1
let runner = SeedRunner(isNormal: arguments.contains("normal"))
var failed = 0
var steps = 0
var reruns = 0
var seconds: Int64 = 0
for seed in from..<(from + count) {
    let outcome = runner.play(seed)
    steps += outcome.steps
    reruns += outcome.reruns
    seconds += outcome.time / 1_000
    guard !outcome.isSound else {
        if arguments.contains("hashes") { print("hash \(seed) \(outcome.hash)") }
        continue
    }
    failed += 1
    print("seed \(seed): \(outcome.wrong.first ?? "")")
    if arguments.contains("tell") { print(runner.story(of: seed)) }
    if arguments.contains("whole") { print(runner.story(of: seed, lines: 1_000_000)) }
    if !arguments.contains("all") { break }
}
print("\(count) seeds, \(failed) failed, \(steps) steps, \(reruns) reruns, \(seconds) s played")
