extension Program {
    /// Reads the words after the program's name.
    ///
    /// `--name value`, `--name=value`, `-n value`, `-nvalue`, `-ab` for two switches, options before or after the
    /// command and its arguments, `--` before words that only look like options.
    /// - Parameter width: of the terminal, for help.
    public func read(_ words: [String], width: Int) throws(Misuse) -> Asked<Action> {
        var reader = Reader(self)
        try reader.read(words)
        if reader.wantsHelp { return .show(help(reader.path, reader.command, width: width)) }
        if reader.wantsVersion { return .show("\(name) \(Release.version)") }
        let line = try reader.line()
        switch reader.command.deed {
        case .run(let action): return .run(action, line)
        case .choose:
            let names = reader.command.commands.map(\.name).joined(separator: ", ")
            throw reader.misuse("\(reader.said) needs one of: \(names)")
        case .help:
            let (path, command) = try named(line.arguments)
            return .show(help(path, command, width: width))
        case .completions: return .show(Shell(rawValue: line.arguments[0])!.completions(of: self))
        case .manual: return .show(manual)
        }
    }

    /// The command that words lead to, for `help`.
    private func named(_ words: [String]) throws(Misuse) -> ([String], Command<Action>) {
        var (here, path) = (root, [String]())
        for word in words {
            guard let next = here.commands.first(where: { $0.name == word }) else {
                throw unknown(word, below: here, path)
            }
            here = next
            path.append(word)
        }
        return (path, here)
    }

    func unknown(_ word: String, below command: Command<Action>, _ path: [String]) -> Misuse {
        let guess = Nearest.to(word, among: command.commands.map(\.name)).map { "did you mean \($0)? " } ?? ""
        let called = (path + [Plain.word(word)]).joined(separator: " ")
        let help = ([name] + path + ["--help"]).joined(separator: " ")
        return Misuse("there is no command \(called); \(guess)run: \(help)")
    }
}

/// Goes along the words once. What is wrong is kept until the end, since `--help` comes before it.
struct Reader<Action: Sendable> {
    private let program: Program<Action>
    private(set) var command: Command<Action>
    private(set) var path: [String] = []
    private var arguments: [String] = []
    private var given: [(option: Option, value: String)] = []
    private var problem: Misuse?
    private(set) var wantsHelp = false
    private(set) var wantsVersion = false

    init(_ program: Program<Action>) {
        self.program = program
        command = program.root
    }

    /// The command as it was called, for words about it.
    var said: String { path.isEmpty ? program.name : path.joined(separator: " ") }

    func misuse(_ words: String) -> Misuse {
        Misuse(
            "\(words)\(words.hasSuffix("?") ? "" : ";") run: \(([program.name] + path).joined(separator: " ")) --help")
    }

    mutating func read(_ words: [String]) throws(Misuse) {
        var rest = words[...]
        var areOptionsOver = false
        while let word = rest.popFirst() {
            if !areOptionsOver, word == "--" {
                areOptionsOver = true
            } else if !areOptionsOver, word.hasPrefix("--") {
                long(word, &rest)
            } else if !areOptionsOver, word.hasPrefix("-"), word != "-" {
                short(word, &rest)
            } else if let next = command.commands.first(where: { $0.name == word }) {
                command = next
                path.append(word)
            } else if !command.commands.isEmpty {
                throw program.unknown(word, below: command, path)
            } else {
                arguments.append(word)
            }
        }
    }

    /// What was read, held against the command it led to.
    func line() throws(Misuse) -> Line {
        if let problem { throw problem }
        let known = program.options(of: command)
        var values: [String: [String]] = [:]
        for (option, value) in given {
            guard known.contains(where: { $0.name == option.name }) else { throw stranger(option.name) }
            if !option.isRepeatable, values[option.name] != nil { throw misuse("\(option.name) is given twice") }
            values[option.name, default: []].append(value)
        }
        if let missing = known.first(where: { $0.isRequired && values[$0.name] == nil }) {
            throw misuse("\(said) needs \(missing.withValue)")
        }
        try checkArguments()
        return Line(path: path, arguments: arguments, given: values, known: Set(known.map(\.name)))
    }

    private func checkArguments() throws(Misuse) {
        let usage = "usage: \(program.usage(path, command))"
        let (least, most) = command.arguments.reduce((0, 0)) {
            ($0.0 + $1.count.lowerBound, $0.1 + $1.count.upperBound)
        }
        guard arguments.count >= least else {
            throw Misuse("\(said) needs \(command.arguments.map(\.inUsage).joined(separator: " ")); \(usage)")
        }
        guard arguments.count <= most else {
            throw Misuse("\(said) takes \(most == 0 ? "nothing more" : "no more than \(most)"); \(usage)")
        }
        let places = command.arguments.flatMap { Array(repeating: $0, count: $0.count.upperBound) }
        for (word, place) in zip(arguments, places) {
            if let wrong = place.kind.objection(to: word) { throw misuse("\(said): \(place.name) \(wrong)") }
        }
    }

    private mutating func long(_ word: String, _ rest: inout ArraySlice<String>) {
        let halves = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let option = find({ $0.name == halves[0] }) else { return object(stranger(halves[0])) }
        if option.takesValue {
            take(option, halves.count == 2 ? halves[1] : next(&rest))
        } else if halves.count == 2 {
            object(misuse("\(option.name) takes no value"))
        } else {
            take(option, nil)
        }
    }

    private mutating func short(_ word: String, _ rest: inout ArraySlice<String>) {
        var letters = word.dropFirst()
        while let letter = letters.popFirst() {
            guard let option = find({ $0.short == letter }) else { return object(stranger("-\(letter)")) }
            guard option.takesValue else {
                take(option, nil)
                continue
            }
            return take(option, letters.isEmpty ? next(&rest) : String(letters))
        }
    }

    /// The next word as a value, unless it is an option itself: then the value was forgotten.
    private func next(_ rest: inout ArraySlice<String>) -> String? {
        if let word = rest.first, find({ word == $0.name || $0.short.map { word == "-\($0)" } ?? false }) != nil {
            return nil
        }
        return rest.popFirst()
    }

    private mutating func take(_ option: Option, _ value: String?) {
        if option.name == Program<Action>.help.name { wantsHelp = true }
        if option.name == Program<Action>.version.name { wantsVersion = true }
        guard option.takesValue else { return given.append((option, "")) }
        guard let value, !value.isEmpty else { return object(misuse("\(option.name) needs a value")) }
        if let wrong = option.kind.objection(to: value) { return object(misuse("\(option.name) \(wrong)")) }
        given.append((option, value))
    }

    private mutating func object(_ misuse: Misuse) { problem = problem ?? misuse }

    /// Of the command so far or, since options may come first, of one below it.
    private func find(_ isMeant: (Option) -> Bool) -> Option? {
        program.options(of: command).first(where: isMeant) ?? Self.below(command).first(where: isMeant)
    }

    private static func below(_ command: Command<Action>) -> [Option] {
        command.commands.flatMap { $0.options + below($0) }
    }

    private func stranger(_ name: String) -> Misuse {
        let guess = Nearest.to(name, among: program.options(of: command).map(\.name))
        return misuse("\(said) knows no option \(Plain.word(name))" + (guess.map { "; did you mean \($0)?" } ?? ""))
    }
}

extension Kind {
    /// Why a word cannot be of this kind; nil: it can.
    func objection(to word: String) -> String? {
        switch self {
        case .text, .file, .folder, .provider, .link: nil
        case .number(let range):
            UInt64(word).map { range.contains($0) } ?? false
                ? nil
                : "must be a whole number"
                    + (range.upperBound == .max ? "" : " from \(range.lowerBound) to \(range.upperBound)")
        case .choice(let words):
            words.contains(word) ? nil : "must be one of \(words.joined(separator: ", "))"
        }
    }
}
