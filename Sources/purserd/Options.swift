import Glibc

/// What the command line and the environment say, as paths and addresses.
struct Options {
    private(set) var isCheck = false
    private(set) var wantsHelp = false
    private(set) var wantsVersion = false
    private(set) var isDebug = false
    private(set) var data = ""
    private(set) var keyFile = ""
    private(set) var socket = ""
    private(set) var host = "127.0.0.1"
    private(set) var port = 7878
    /// In order; later ones override.
    private(set) var providers: [String] = []

    static let help = """
        purserd: holds your grants, pulls your balances

        usage: purserd [options]
               purserd check [options]     look at keys, data and providers, start nothing

        options
          --data DIR         the data folder            ($XDG_DATA_HOME/purser)
          --key-file FILE    the root key               ($XDG_CONFIG_HOME/purser/root.key; needed with --data)
          --socket PATH      where purser connects      ($XDG_RUNTIME_DIR/purser.sock; with --data: in that folder)
          --listen HOST:PORT where providers send people back; port 0: any     (127.0.0.1:7878)
          --providers DIR    more providers; repeatable, later ones override
          --debug            log more
          --version, --help

        exit codes: 0 ended as asked   1 it cannot start (the reason is on standard error)   2 wrong command line

        """

    init(_ words: [String]) throws(Refusal) {
        var rest = words[...]
        var extra: [String] = []
        var given: [String: String] = [:]
        while let word = rest.popFirst() {
            let halves = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            switch halves[0] {
            case "check" where !isCheck && halves.count == 1: isCheck = true
            case "--help", "-h": wantsHelp = true
            case "--version": wantsVersion = true
            case "--debug": isDebug = true
            case "--data", "--key-file", "--socket", "--listen", "--providers":
                guard let value = halves.count == 2 ? halves[1] : rest.popFirst(), !value.isEmpty else {
                    throw .usage("\(halves[0]) needs a value")
                }
                if halves[0] == "--providers" {
                    extra.append(value)
                } else if given.updateValue(value, forKey: halves[0]) != nil {
                    throw .usage("\(halves[0]) is given twice")
                }
            default: throw .usage("unknown: \(word)")
            }
        }
        if wantsHelp || wantsVersion { return }
        if let listen = given["--listen"] { try setListen(listen) }
        try setPaths(given, extra)
    }

    private mutating func setPaths(_ given: [String: String], _ extra: [String]) throws(Refusal) {
        let config = Self.home("XDG_CONFIG_HOME", ".config").map { $0 + "/purser" }
        if let named = given["--data"] {
            guard let key = given["--key-file"] else {
                throw .usage("--data needs --key-file, so that no other data ever meets your own key")
            }
            data = Self.absolute(named)
            keyFile = Self.absolute(key)
            socket = data + "/purser.sock"
        } else {
            guard let home = Self.home("XDG_DATA_HOME", ".local/share"), let config else {
                throw .cannot("HOME is not set; name the places with --data and --key-file")
            }
            data = home + "/purser"
            keyFile = given["--key-file"].map(Self.absolute) ?? config + "/root.key"
            let runtime = Self.variable("XDG_RUNTIME_DIR").flatMap { $0.hasPrefix("/") ? $0 : nil }
            socket = (runtime ?? data) + "/purser.sock"
        }
        if let named = given["--socket"] { socket = Self.absolute(named) }
        providers = [Self.shipped, config.map { $0 + "/providers" }].compactMap { $0 } + extra.map(Self.absolute)
    }

    /// `HOST:PORT` with a literal loopback address: nothing here is for a network without TLS before it.
    private mutating func setListen(_ text: String) throws(Refusal) {
        guard let colon = text.lastIndex(of: ":"), let number = Int(text[text.index(after: colon)...]),
            (0...65535).contains(number)
        else { throw .usage("--listen must be HOST:PORT, like 127.0.0.1:7878") }
        let named = String(text[..<colon])
        let bare = named.hasPrefix("[") && named.hasSuffix("]") ? String(named.dropFirst().dropLast()) : named
        guard bare == "::1" || bare == "localhost" || bare.hasPrefix("127.") else {
            throw .cannot(
                "--listen \(text): only a loopback address is served, because codes would cross the network in clear")
        }
        host = bare == "localhost" ? "127.0.0.1" : bare
        port = number
    }

    private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    private static func home(_ variable: String, _ usual: String) -> String? {
        if let named = self.variable(variable), named.hasPrefix("/") { return named }
        return self.variable("HOME").flatMap { $0.hasPrefix("/") ? $0 + "/" + usual : nil }
    }

    private static func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        guard let folder = getcwd(nil, 0) else { return path }
        defer { free(folder) }
        return String(cString: folder) + "/" + path
    }

    /// `<executable>/../share/purser/providers`.
    private static var shipped: String? {
        var room = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &room, room.count - 1)
        guard count > 0 else { return nil }
        let path = String(decoding: room[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard let slash = path.lastIndex(of: "/"), let above = path[..<slash].lastIndex(of: "/") else { return nil }
        return String(path[..<above]) + "/share/purser/providers"
    }
}
