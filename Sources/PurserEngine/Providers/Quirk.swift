/// A named deviation of a server from what is written, each with a test. A folder lists them; none is guessed.
public enum Quirk: String, Sendable, Hashable, CaseIterable {
    /// It takes client id and secret as they are in a Basic header, not form-encoded before base64 as RFC 6749 2.3.1
    /// has it.
    case rawBasic = "raw-basic"

    static func read(_ node: Node, _ authentication: ClientAuthentication?) -> Set<Quirk> {
        var out: Set<Quirk> = []
        for name in node.texts("quirks") ?? [] {
            guard let quirk = Quirk(rawValue: name) else {
                node.refuse(
                    "quirks", "unknown quirk \(name)",
                    "a quirk is named in providers/README.md, and has a test: "
                        + allCases.map(\.rawValue).joined(separator: ", "))
                continue
            }
            if quirk == .rawBasic, authentication != .clientSecretBasic {
                node.refuse("quirks", "raw-basic is about client_secret_basic, which this provider does not take")
            }
            out.insert(quirk)
        }
        return out
    }
}
