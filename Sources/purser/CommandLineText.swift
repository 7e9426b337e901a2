/// The words of a command line, sorted into command, names and options.
struct CommandLineText {
    private(set) var command: String?
    /// What stands after the command and is no option.
    private(set) var names: [String] = []
    private(set) var switches: Set<String> = []
    private(set) var values: [String: String] = [:]

    /// Options that every command knows.
    static let common: Set<String> = ["--json", "--quiet", "--help"]
    private static let withValue: Set<String> = ["--socket", "--member"]

    init(_ words: [String]) throws(Stop) {
        var rest = words[...]
        var areOptionsOver = false
        while let word = rest.popFirst() {
            if areOptionsOver || !word.hasPrefix("-") || word == "-" {
                if command == nil { command = word } else { names.append(word) }
            } else if word == "--" {
                areOptionsOver = true
            } else {
                let halves = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                let name = ["-h": "--help", "-q": "--quiet", "-V": "--version"][halves[0]] ?? halves[0]
                if Self.withValue.contains(name) {
                    guard let value = halves.count == 2 ? halves[1] : rest.popFirst(), !value.isEmpty else {
                        throw .usage("\(name) needs a value")
                    }
                    values[name] = value
                } else {
                    guard halves.count == 1 else { throw .usage("\(name) takes no value") }
                    switches.insert(name)
                }
            }
        }
    }

    var wantsHelp: Bool { switches.contains("--help") }
    var wantsVersion: Bool { switches.contains("--version") }
    var wantsJSON: Bool { switches.contains("--json") }
    var isQuiet: Bool { switches.contains("--quiet") }
    var socket: String? { values["--socket"] }

    /// Refuses what the command does not know.
    func check(for command: Command) throws(Stop) {
        let known = Self.common.union(command.switches)
        if let stranger = switches.subtracting(known).sorted().first {
            throw .usage("\(command.name) knows no option \(stranger); run: purser \(command.name) --help")
        }
        for name in values.keys.sorted() where name != "--socket" {
            throw .usage("\(command.name) knows no option \(name); run: purser \(command.name) --help")
        }
        guard command.names.contains(names.count) else {
            throw .usage("usage: purser \(command.usage)")
        }
    }
}
