import Testing

@Suite struct `Function scanner` {
    /// A function of exactly `lines` lines.
    static func function(lines: Int) -> String {
        let body = Array(repeating: "    work()", count: lines - 2)
        return (["func long() {"] + body + ["}"]).joined(separator: "\n")
    }

    private func scan(_ text: String) -> [FunctionExtent] { FunctionScanner(text).functions }

    @Test func `passes 70 lines and refuses 71`() {
        func found(_ lines: Int) -> [Violation] {
            Rules.sizes(SourceFile(path: "Domain/A.swift", text: Self.function(lines: lines)))
        }
        #expect(found(70).isEmpty)
        #expect(found(71).map(\.message) == ["func long has 71 lines of 70"])
        #expect(found(71).map(\.line) == [1])
    }

    @Test func `counts from the keyword to the closing brace`() {
        let text = """
            /// A comment is not counted.
            @discardableResult
            public func add(
                _ a: Int
            ) -> Int {
                a + 1
            }
            """
        #expect(scan(text) == [FunctionExtent(name: "func add", firstLine: 3, lastLine: 7)])
    }

    @Test func `ignores braces in strings`() {
        let text = ##"""
            func a() {
                say("}")
                say("\"}")
                say(#"}\"}"#)
                say("one \(list.map { "\($0)}" }) two }")
            }
            """##
        #expect(scan(text) == [FunctionExtent(name: "func a", firstLine: 1, lastLine: 6)])
    }

    @Test func `ignores braces in multi-line strings`() {
        let text = """
            func a() {
                say(\"""
                    } " }
                    \\(name) }
                    \""")
            }
            """
        #expect(scan(text) == [FunctionExtent(name: "func a", firstLine: 1, lastLine: 6)])
    }

    @Test func `ignores braces in comments, regexes and quoted names`() {
        let text = """
            func a() {
                // }
                /* } /* } */ } */
                let half = text.matches(of: /[}]/).count / 2 / 1
                `a } b`()
            }
            """
        #expect(scan(text) == [FunctionExtent(name: "func a", firstLine: 1, lastLine: 6)])
    }

    @Test func `finds initialisers, subscripts and computed properties, not calls`() {
        let text = """
            struct S {
                var stored = 1
                var computed: Int { 2 }
                init?(bytes: [UInt8]) throws { self.init(1) }
                deinit { close() }
                subscript(row: Int) -> Float {
                    get { Self.init(row) }
                }
            }
            """
        #expect(scan(text).map(\.name) == ["var computed", "init", "deinit", "subscript"])
    }

    @Test func `finds nested functions`() {
        let text = """
            func outer() {
                func inner() {
                    work()
                }
                inner()
            }
            """
        #expect(
            scan(text) == [
                FunctionExtent(name: "func outer", firstLine: 1, lastLine: 6),
                FunctionExtent(name: "func inner", firstLine: 2, lastLine: 4),
            ])
    }

    @Test func `gives a requirement without a body no length`() {
        let text = """
            protocol P {
                func first(_ value: @Sendable () -> Void) throws(E) -> [Int]
                mutating func second<T: Q>(_ t: T) async where T.A == Int
            }
            func third() where Self: P { work() }
            """
        #expect(scan(text).map(\.name) == ["func third"])
    }

    @Test func `takes closures among default arguments for no body`() {
        let text = """
            func run(_ action: () -> Int = { 1 }, names: [String] = []) {
                work()
            }
            """
        #expect(scan(text) == [FunctionExtent(name: "func run", firstLine: 1, lastLine: 3)])
    }

    @Test func `keeps the length of the text when it masks`() {
        let text = "let a = \"é}\" // ü\n/* } */ let b = #\"x\"#\n"
        let mask = SwiftMask(text)
        #expect(mask.bytes.count == text.utf8.count)
        #expect(mask.lines.count == 3)
        #expect(!mask.text.contains("}"))
        #expect(mask.text.contains("let b"))
    }
}
