import Glibc
import Testing

@Suite("Style")
struct StyleTests {
    static let sources = Project.swiftFiles("Sources")
    static let all = sources + Project.swiftFiles("Tests")

    /// Longer than 400 lines only with a reason in the file's head.
    @Test("no file is over 400 lines", arguments: all)
    func length(_ file: Project.File) { #expect(file.lines.count <= 401, "\(file.path): \(file.lines.count) lines") }

    @Test("half of the source files have fewer than 120 lines, nine in ten fewer than 300")
    func median() {
        let counts = Self.sources.map(\.lines.count).sorted()
        #expect(counts[counts.count / 2] < 120)
        #expect(counts[counts.count * 9 / 10] < 300)
    }

    @Test("no function is over 70 lines", arguments: sources)
    func functions(_ file: Project.File) {
        var start: (line: Int, indent: Int)?
        for (number, line) in file.lines.enumerated() {
            let indent = line.prefix { $0 == " " }.count
            let code = Project.code(line)
            // A signature of several lines ends its first one with a bracket.
            let isSignature = code.split(separator: " ").contains {
                $0 == "func" || ["init(", "init?("].contains(where: $0.hasPrefix)
            }
            let opens = isSignature && (code.hasSuffix("{") || code.hasSuffix("("))
            if opens { start = (number, indent) }
            // What had no body, as in a protocol, ends with what it stands in.
            if let begun = start, indent < begun.indent, !code.isEmpty { start = nil }
            if let begun = start, indent == begun.indent, code.dropFirst(indent) == "}" {
                #expect(
                    number - begun.line <= 70, "\(file.path):\(begun.line + 1) is \(number - begun.line) lines long")
                start = nil
            }
        }
    }

    /// DESIGN.md 2: names that say nothing.
    @Test("no type's name ends in a word that says nothing", arguments: all)
    func names(_ file: Project.File) {
        let endings = ["Manager", "Service", "Helper", "Helpers", "Util", "Utils", "Info", "Data", "Handler"]
        for line in file.lines {
            let words = Project.code(line).split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
            for (at, word) in words.enumerated() where ["class", "struct", "enum", "actor", "protocol"].contains(word) {
                guard at + 1 < words.count, words[at + 1].first?.isUppercase == true else { continue }
                for ending in endings {
                    #expect(!words[at + 1].hasSuffix(ending), "\(file.path) declares \(words[at + 1])")
                }
            }
        }
    }

    @Test("every public type and verb of a room has a doc comment", arguments: sources)
    func documentation(_ file: Project.File) {
        let lines = file.lines
        for (number, line) in lines.enumerated() {
            let code = Project.code(line).drop { $0 == " " }
            let isType = ["struct", "enum", "class", "final class", "actor", "protocol"].contains {
                code.hasPrefix("public \($0) ")
            }
            guard isType, number > 0 else { continue }
            var above = number - 1
            while above > 0, lines[above].drop(while: { $0 == " " }).hasPrefix("@") { above -= 1 }
            let isTold = lines[above].drop { $0 == " " }.hasPrefix("///")
            // Inside a documented type a case-like nested type may speak for itself.
            #expect(isTold || line.hasPrefix("    "), "\(file.path):\(number + 1) has no doc comment")
        }
    }

    @Test("nothing is left for later", arguments: all)
    func leftovers(_ file: Project.File) {
        let words = ["TO" + "DO", "FIX" + "ME", "fatalError(" + "\"not"]
        for word in words { #expect(!file.text.contains(word), "\(file.path) has \(word)") }
    }

    @Test("no file ends without a line break or has trailing spaces", arguments: all)
    func ends(_ file: Project.File) {
        #expect(file.text.hasSuffix("\n"), "\(file.path)")
        #expect(!file.lines.contains { $0.hasSuffix(" ") || $0.hasSuffix("\t") }, "\(file.path)")
    }
}

@Suite("Form")
struct FormTests {
    @Test("swift format has nothing to say")
    func formatted() throws {
        let places = ["Package.swift", "Sources", "Tests"].map { Project.root + "/" + $0 }
        let arguments = ["env", "swift", "format", "lint", "--strict", "--recursive", "--parallel"] + places
        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for text in argv { free(text) } }
        var process: pid_t = 0
        try #require(posix_spawnp(&process, "env", nil, nil, &argv, environ) == 0)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        #expect(status == 0, "run: make format")
    }
}
