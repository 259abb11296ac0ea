import Testing
import XLConfig

/// What the text of a file says, and what is wrong with one that says nothing.
@Suite struct ParsingTests {
    @Test(
        arguments: [
            ("name=\"h0\"", ["name": .string("h0")]),
            ("name='h0'; type = \"hvm\"", ["name": .string("h0"), "type": .string("hvm")]),
            ("\n # a comment\n\tname = 'a' # another\n;;\n", ["name": .string("a")]),
            ("# no newline behind it", [:]),
            ("a=1\nb=0x1f\nc=017", ["a": .number("1"), "b": .number("0x1f"), "c": .number("017")]),
            ("a=''\nb=\"'\"\nc='\"'", ["a": .string(""), "b": .string("'"), "c": .string("\"")]),
            (#"a="\"\'\\\n\t\r\a\b\f\v""#, ["a": .string("\"'\\\n\t\r\u{7}\u{8}\u{c}\u{b}")]),
            ("a='ü😀'", ["a": .string("ü😀")]),
            ("a=[]", ["a": .list([])]),
            ("a=[ 'x', 2, ]", ["a": .list([XLValue(.string("x")), XLValue(.number("2"))])]),
            (
                "a = [\n  'x' # first\n  ,\n\n  [ 'y',\n 'z' ]\n]\nb=1",
                [
                    "a": .list([
                        XLValue(.string("x")), XLValue(.list([XLValue(.string("y")), XLValue(.string("z"))])),
                    ]),
                    "b": .number("1"),
                ]
            ),
            ("a='x'\na+='y'", ["a": .string("xy")]),
            ("a+='x'", ["a": .string("x")]),
            ("a=['x']\na += ['y','z']", ["a": .list(["x", "y", "z"].map { XLValue(.string($0)) })]),
            ("a=1\na='last'", ["a": .string("last")]),
        ] as [(String, [String: XLValue.Content])])
    func everySyntaxOfTheManualIsRead(text: String, expected: [String: XLValue.Content]) throws {
        let configuration = try XLConfiguration.parse(Array(text.utf8))
        let found = Dictionary(uniqueKeysWithValues: configuration.settings.map { ($0.key, $0.value.content) })
        #expect(found == expected)
    }

    @Test(
        arguments: [
            ("a=", 1, 3, .unexpected("", expected: .value)),
            ("a", 1, 2, .unexpected("", expected: .assignment)),
            ("=1", 1, 1, .unexpected("=1", expected: .key)),
            ("Name='x'", 1, 1, .unexpected("Name='x'", expected: .key)),
            ("a=1 b=2", 1, 5, .unexpected("b=2", expected: .endOfStatement)),
            ("a=1\n b='x", 2, 4, .unclosedString),
            ("a='x\n'", 1, 3, .unclosedString),
            (#"a='x\"#, 1, 5, .unclosedString),
            ("\na=[ 'x',", 2, 3, .unclosedList),
            ("a=[ 'x' 'y' ]", 1, 9, .unexpected("'y'", expected: .endOfItem)),
            ("a=[,]", 1, 4, .unexpected(",]", expected: .value)),
            (#"a="\x41""#, 1, 4, .numericEscape),
            (#"a="\101""#, 1, 4, .numericEscape),
            (#"a="\q""#, 1, 4, .unknownEscape),
            ("a='''x'''", 1, 3, .longString),
            ("import os", 1, 1, .python("import")),
            ("def f(x):\n  return x", 1, 1, .python("def")),
            ("a = 'x' + b", 1, 9, .python("+")),
            ("a = os.name", 1, 5, .python("os.name")),
            ("a = True", 1, 5, .python("True")),
            ("a = (1, 2)", 1, 5, .python("(1,")),
            ("a=1\r\nb=2", 1, 4, .carriageReturn),
            ("a='x'\na+=['y']", 2, 1, .mixedAddition(key: "a")),
        ] as [(String, Int, Int, XLSyntaxProblem)])
    func anErrorNamesItsPlace(text: String, line: Int, column: Int, problem: XLSyntaxProblem) {
        let error = XLConfigError.syntax(line: line, column: column, problem: problem)
        #expect(throws: error) { try XLConfiguration.parse(Array(text.utf8)) }
        #expect(error.description.hasPrefix("line \(line), column \(column): "))
    }

    @Test func aByteThatIsNoTextIsRefused() {
        #expect(throws: XLConfigError.syntax(line: 1, column: 4, problem: .nul)) {
            try XLConfiguration.parse(Array("a='\0'".utf8))
        }
        #expect(throws: XLConfigError.syntax(line: 1, column: 3, problem: .notUTF8)) {
            try XLConfiguration.parse(Array("a='".utf8) + [0xff] + Array("'".utf8))
        }
    }

    @Test func theLastOfSeveralCountsAndTheOthersAreNamed() throws {
        let configuration = try XLConfiguration.parse(Array("memory=1\nname='a'\nmemory=2".utf8))
        #expect(configuration["memory"]?.text == "2")
        #expect(configuration["memory"]?.line == 3)
        #expect(configuration.overridden.map(\.key) == ["memory"])
        #expect(configuration.overridden.first?.line == 1)
        #expect(configuration.overridden.first?.byLine == 3)
    }

    @Test(arguments: [
        "a = 1\nb = \"x\"\n", "a = [ ]\n", "a = [ \"x\", 0x10, [ \"y\" ] ]\n",
        #"a = "\"'\\\n\t, = # ; ]""# + "\n", "a = \",\u{301}\\\"\u{301}\"\n",
    ])
    func whatIsPrintedIsReadAsTheSame(text: String) throws {
        #expect(try XLConfiguration.parse(Array(text.utf8)).text == text)
    }

    @Test func nestingHasABound() {
        let deep = "a=" + String(repeating: "[", count: 100_000)
        #expect(throws: XLConfigError.syntax(line: 1, column: 19, problem: .tooDeep(limit: 16))) {
            try XLConfiguration.parse(Array(deep.utf8))
        }
    }
}
