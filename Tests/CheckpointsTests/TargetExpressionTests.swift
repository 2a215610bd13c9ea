import Checkpoints
import Testing

/// What a pattern matches is what Python's `re.match` says of it.
@Suite struct `Target expression` {
    private static let name = "model.layers.10.self_attn.q_proj"

    private func matches(_ pattern: String, _ text: String = name) throws -> Bool? {
        try #require(TargetExpression(pattern)).matchesPrefix(of: text)
    }

    @Test(arguments: [
        "", "model", ".*", ".*q_proj", ".*q_proj$", "^model", #"model\.layers\.\d+\.self_attn.*"#,
        "model.layers.[0-9]{2}.", "model.layers.1(0|1)?.self", ".*(q|k|v)_proj$", "(?:model.)+",
        ".*[^k]_proj$", ".*self_attn.(?!k_proj).*", "(?=.*attn).*proj", #".*\bself_attn\b"#,
        "m.{30}j$", ".{3,}", ".{,40}$", "(?!.*mlp)", #"\w+\.\w+"#, "model.*?proj", "[]m]odel",
        "[a-z]+[.-]layers", #"model[\.]layers"#, "(((m)))o", "x*model", "model||x", #"\D\S"#,
    ])
    func `matches what begins so`(pattern: String) throws {
        #expect(try matches(pattern) == true)
    }

    @Test(arguments: [
        "layers", "self_attn", ".*k_proj", "model$", "^odel", #"model\s"#, "(?!model)", "m{2}",
        ".*lm_head", "[^m]", #"model\B"# + "x", ".{33}", #"model\.layers\.\d\.self"#, "(?=q)",
    ])
    func `leaves the rest alone`(pattern: String) throws {
        #expect(try matches(pattern) == false)
    }

    @Test(arguments: [
        "(", ")", "a)", "[", "[]", "[z-a]", #"[\d-z]"#, "*", "+a", "a**", "a{2}{3}", "a{3,2}",
        "a{,}",
        "a{", "a{}", "a{1001}", "a{99999999999999999999}", #"\"#, #"\q"#, #"\1"#, "(?<n>a)",
        "(?i)a",
        "(?P<n>a)", "(?<=a)b", "a++", String(repeating: "(", count: 100),
        String(repeating: "a", count: 2_000),
    ])
    func `refuses what it does not know`(pattern: String) {
        #expect(TargetExpression(pattern) == nil)
    }

    @Test func `takes no longer for repetitions inside of repetitions`() throws {
        let text = String(repeating: "a", count: 500)
        #expect(try matches("(a+)+x", text) == false)
        #expect(try matches("(a|aa)+$", text) == true)
        #expect(try matches("(.*)*(.*)*(.*)*x", text) == false)
        #expect(try matches(String(repeating: "a?", count: 300) + "b", text) == false)
    }

    @Test func `gives up on what takes too many steps`() throws {
        let text = String(repeating: "a", count: 500)
        #expect(try matches("((((.?){1000}){1000}){1000}){1000}x", text) == nil)
    }

    @Test func `reads letters beyond ASCII as their bytes`() throws {
        #expect(try matches("é+x", "éx") == true)
        #expect(try matches("[^a]", "é") == true)
    }
}
