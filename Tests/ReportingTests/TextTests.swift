import Reporting
import Testing

@Suite struct `Text for people` {
    @Test func `has columns as wide as their widest cell`() {
        var table = TextTable(["layer", "error"])
        table.add(["q_proj", "0.5"])
        table.add(["o", "-12"])
        #expect(
            table.text == """
                layer   error
                ──────  ─────
                q_proj    0.5
                o         -12
                """)
    }

    @Test func `keeps words to the left, and ends no line with spaces`() {
        var table = TextTable(["a", "state"])
        table.add(["1", "up"])
        table.add(["", ""])
        let lines = table.text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[0] == "a  state")
        #expect(lines[2] == "1  up")
        #expect(lines[3] == "")
        #expect(TextTable(["x"]).text == "x\n─")
    }

    @Test(arguments: [
        (0, "0 B"), (512, "512 B"), (1_023, "1023 B"), (1_024, "1.0 KiB"),
        (12_897_485, "12.3 MiB"), (3 << 30, "3.0 GiB"), (5 << 50, "5120.0 TiB"),
    ])
    func `writes bytes`(_ count: Int, _ text: String) {
        #expect(Figures.bytes(count) == text)
    }

    @Test(arguments: [
        (0.0, "0 s"), (42.4, "42 s"), (59.6, "1 min 00 s"), (185, "3 min 05 s"),
        (3_599.7, "1 h 00 min"), (7_800, "2 h 10 min"),
    ])
    func `writes durations`(_ seconds: Double, _ text: String) {
        #expect(Figures.duration(seconds) == text)
    }

    @Test func `writes numbers`() {
        #expect(Figures.significant(0.012_345_6) == "0.01235")
        #expect(Figures.significant(2) == "2")
        #expect(Figures.count(134_515_008) == "134,515,008")
        #expect(Figures.count(999) == "999")
        #expect(Figures.count(-1_000) == "-1,000")
        #expect(Figures.count(0) == "0")
    }
}
