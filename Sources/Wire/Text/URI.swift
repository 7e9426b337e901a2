/// An absolute http or https URI (RFC 3986, RFC 9110 4.2), taken apart. What a lenient parser could read in two ways
/// is refused: backslashes, spaces, control characters, anything but ASCII.
public struct URI: Sendable, Hashable, CustomStringConvertible {
    /// As it was given.
    public let text: String
    /// `http` or `https`, in lower case.
    public let scheme: String
    public let userinfo: String?
    /// In lower case; an IPv6 literal keeps its brackets.
    public let host: String
    /// As given, or the scheme's default.
    public let port: Int
    /// Starts with a slash; `/` where the text has none.
    public let path: String
    public let query: String?
    public let fragment: String?

    public init?(_ text: String) {
        guard text.utf8.count <= 8192,
            text.utf8.allSatisfy({ (0x21...0x7e).contains($0) && !Self.refused.contains($0) }),
            let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")), text[colon...].utf8.starts(with: "://".utf8)
        else { return nil }
        let scheme = text[..<colon].lowercased()
        guard scheme == "http" || scheme == "https" else { return nil }
        var rest = text[colon...].dropFirst(3)
        let fragment = Self.cut(&rest, at: "#")
        let query = Self.cut(&rest, at: "?")
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        guard let authority = Authority(rest[..<slash], scheme: scheme) else { return nil }
        self.text = text
        self.scheme = scheme
        userinfo = authority.userinfo
        host = authority.host
        port = authority.port
        path = slash == rest.endIndex ? "/" : String(rest[slash...])
        self.query = query
        self.fragment = fragment
    }

    private static let refused = Array("\"<>\\^`{|}".utf8)

    private static func cut(_ rest: inout Substring, at mark: Character) -> String? {
        guard let at = rest.firstIndex(of: mark) else { return nil }
        defer { rest = rest[..<at] }
        return String(rest[rest.index(after: at)...])
    }

    public var description: String { text }

    private var defaultPort: Int { scheme == "https" ? 443 : 80 }

    /// Scheme, host and port; the port only where it is not the default.
    public var origin: String { "\(scheme)://\(host)" + (port == defaultPort ? "" : ":\(port)") }

    /// Path and query: what a request line carries.
    public var target: String { path + (query.map { "?" + $0 } ?? "") }

    /// A loopback literal; `localhost` is not one, as it could be resolved elsewhere.
    public var isLoopback: Bool {
        guard host != "[::1]" else { return true }
        guard case .address(let bytes)? = IPLiteral(host: host) else { return false }
        return bytes.count == 4 && bytes[0] == 127
    }

    /// https, or http to a loopback literal.
    public var isSecureOrLoopback: Bool { scheme == "https" || isLoopback }

    /// With more query parameters, form-encoded, after those it has; nil when the whole is longer than a URI may be.
    public func appending(_ parameters: [(String, String)]) -> URI? {
        guard !parameters.isEmpty else { return self }
        let more = Form(parameters).encoded
        let whole = (query.map { $0.isEmpty ? more : $0 + "&" + more }) ?? more
        return URI(base + path + "?" + whole + (fragment.map { "#" + $0 } ?? ""))
    }

    private var base: String {
        "\(scheme)://\(userinfo.map { $0 + "@" } ?? "")\(host)" + (port == defaultPort ? "" : ":\(port)")
    }

    /// A reference seen from here (RFC 3986 5.2): absolute, with authority, absolute path, query only, or relative.
    public func resolving(_ reference: String) -> URI? {
        if let absolute = URI(reference) { return absolute }
        // A scheme we do not speak.
        guard !reference.prefix(while: { !"/?#".contains($0) }).contains(":") else { return nil }
        if reference.hasPrefix("//") { return URI(scheme + ":" + reference) }
        if reference.isEmpty { return self }
        if reference.hasPrefix("?") { return URI(base + path + reference) }
        if reference.hasPrefix("#") { return URI(base + target + reference) }
        let end = reference.firstIndex { $0 == "?" || $0 == "#" } ?? reference.endIndex
        var whole = String(reference[..<end])
        if !whole.hasPrefix("/") {
            let folder = path.lastIndex(of: "/").map { path[...$0] } ?? "/"
            whole = folder + whole
        }
        return URI(base + Self.withoutDots(whole) + reference[end...])
    }

    /// RFC 3986 5.2.4.
    private static func withoutDots(_ path: String) -> String {
        var out: [Substring] = []
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        for part in parts {
            switch part {
            case ".": break
            case "..": _ = out.popLast()
            default: out.append(part)
            }
        }
        let endsOpen = parts.last == "." || parts.last == ".."
        return "/" + out.joined(separator: "/") + (endsOpen && !out.isEmpty ? "/" : "")
    }

    /// Percent-encodes all but unreserved characters: one path segment, or one query value.
    public static func percentEncode(_ text: String) -> String {
        var out: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                out.append(byte)
            default: Percent.append(byte, to: &out)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// Nil when a percent sign stands without two digits, or the bytes are not UTF-8.
    public static func percentDecode(_ text: String) -> String? { Percent.decode(Array(text.utf8)) }
}

/// `user@host:port`.
private struct Authority {
    let userinfo: String?
    let host: String
    let port: Int

    init?(_ text: Substring, scheme: String) {
        var rest = text
        if let at = rest.lastIndex(of: "@") {
            userinfo = String(rest[..<at])
            guard !rest[..<at].contains("@") else { return nil }
            rest = rest[rest.index(after: at)...]
        } else {
            userinfo = nil
        }
        let end: Substring.Index
        if rest.first == "[" {
            guard let close = rest.firstIndex(of: "]"), rest[..<close].utf8.count > 2,
                rest[..<close].dropFirst().utf8.allSatisfy({ Hex.digit($0) != nil || $0 == 0x3a || $0 == 0x2e })
            else { return nil }
            end = rest.index(after: close)
        } else {
            end = rest.firstIndex(of: ":") ?? rest.endIndex
            guard rest[..<end].utf8.allSatisfy(Self.isNameByte) else { return nil }
        }
        host = rest[..<end].lowercased()
        guard !host.isEmpty, host.utf8.count <= 253 else { return nil }
        let tail = rest[end...]
        if tail.isEmpty || tail == ":" {
            port = scheme == "https" ? 443 : 80
        } else {
            guard tail.first == ":", tail.utf8.count <= 6,
                tail.dropFirst().utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let number = Int(tail.dropFirst()), (0...65535).contains(number)
            else { return nil }
            port = number
        }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
