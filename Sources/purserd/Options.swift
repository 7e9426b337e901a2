import Glibc
import PurserSystem
import Usage

/// What the command line and the environment say, as paths and addresses.
struct Options {
    private(set) var isDebug = false
    private(set) var data = ""
    private(set) var key = KeySource.file(KeyFile(""))
    /// Where the database's epoch lies once more, apart from it; nil: nowhere, or beside the key file.
    private(set) var epochs: String?
    private(set) var socket = ""
    let reach: Reach
    /// In order; later ones override.
    private(set) var providers: [String] = []
    /// Files that name issuers whose access tokens are taken.
    let issuers: [String]

    init(_ line: Line) throws(Refusal) {
        isDebug = line.has("--debug")
        reach = try Reach(line)
        issuers = line.values("--accept-tokens").map(Self.absolute)
        try setPaths(line)
    }

    private mutating func setPaths(_ line: Line) throws(Refusal) {
        let config = Self.home("XDG_CONFIG_HOME", ".config").map { $0 + "/purser" }
        if let named = line.value("--data") {
            guard let key = try Self.key(line) else {
                throw .usage(
                    "--data needs --key-file, --key-credential or --key-passphrase, so that no other data ever meets your own key"
                )
            }
            data = Self.absolute(named)
            self.key = key
            socket = data + "/purser.sock"
        } else {
            guard let home = Self.home("XDG_DATA_HOME", ".local/share"), let config else {
                throw .cannot("HOME is not set; name the places with --data and --key-file")
            }
            data = home + "/purser"
            key = try Self.key(line) ?? .file(KeyFile(config + "/root.key"))
            epochs = Self.home("XDG_STATE_HOME", ".local/state").map { $0 + "/purser" }
            let runtime = Self.variable("XDG_RUNTIME_DIR").flatMap { $0.hasPrefix("/") ? $0 : nil }
            socket = (runtime ?? data) + "/purser.sock"
        }
        if let named = line.value("--socket") { socket = Self.absolute(named) }
        if case .file = key { epochs = nil }
        if let named = line.value("--epochs") { epochs = Self.absolute(named) }
        providers =
            [Self.shipped, config.map { $0 + "/providers" }].compactMap { $0 }
            + line.values("--providers").map(Self.absolute)
    }

    /// The place that the line names; nil: none.
    private static func key(_ line: Line) throws(Refusal) -> KeySource? {
        let names = [
            "--key-file", "--key-credential", "--key-passphrase-file", "--key-passphrase-fd", "--key-passphrase",
        ].filter { line.has($0) || line.value($0) != nil }
        guard names.count < 2 else {
            throw .usage("\(names.joined(separator: " and ")) name two keys; there is one")
        }
        if let passphrase = try passphrase(line, "--key-passphrase") { return .passphrase(passphrase) }
        guard let credential = line.value("--key-credential") else {
            return line.value("--key-file").map { .file(KeyFile(absolute($0))) }
        }
        guard KeyCredential.isName(credential) else {
            throw .usage("--key-credential takes the name of a credential, not a path")
        }
        return .credential(KeyCredential(credential))
    }

    /// Where a passphrase is read, by options that begin with this name; nil: none is named.
    static func passphrase(_ line: Line, _ name: String) throws(Refusal) -> Passphrase? {
        if let file = line.value(name + "-file") { return .file(absolute(file)) }
        if let text = line.value(name + "-fd") {
            guard let number = Int32(text), number >= 0 else {
                throw .usage("\(name)-fd takes the number of an open descriptor")
            }
            return .descriptor(number)
        }
        return line.has(name) ? .terminal : nil
    }

    private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    private static func home(_ variable: String, _ usual: String) -> String? {
        if let named = self.variable(variable), named.hasPrefix("/") { return named }
        return self.variable("HOME").flatMap { $0.hasPrefix("/") ? $0 + "/" + usual : nil }
    }

    static func absolute(_ path: String) -> String {
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
