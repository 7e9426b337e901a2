/// What reads bytes that a stranger may have made. Each has a corpus of the same name, which the tests replay, and a
/// fuzzer (`make fuzz`), which begins with it.
enum FuzzTarget: String, CaseIterable, Sendable {
    case signedToken = "signed-token"
    case keySet = "key-set"
    case json
    case discovery
    case tokenResponse = "token-response"
    case registration
    case callback
    case signedResponse = "signed-response"
    case introspection
    case form
    case challenge
    case manifest
    case mapping
    case sealedRecord = "sealed-record"

    /// Reads these bytes, and throws when what came of it cannot be.
    func run(_ bytes: [UInt8]) throws {
        switch self {
        case .signedToken: try SignedTokenTarget.run(bytes)
        case .keySet: try KeySetTarget.run(bytes)
        case .json: try JSONTarget.run(bytes)
        case .discovery: try DiscoveryTarget.run(bytes)
        case .tokenResponse: try TokenResponseTarget.run(bytes)
        case .registration: try RegistrationTarget.run(bytes)
        case .callback: try CallbackTarget.run(bytes)
        case .signedResponse: try SignedResponseTarget.run(bytes)
        case .introspection: try IntrospectionTarget.run(bytes)
        case .form: try FormTarget.run(bytes)
        case .challenge: try ChallengeTarget.run(bytes)
        case .manifest: try ManifestTarget.run(bytes)
        case .mapping: try MappingTarget.run(bytes)
        case .sealedRecord: try SealedRecordTarget.run(bytes)
        }
    }
}

/// A property that does not hold.
struct Broken: Error, CustomStringConvertible {
    let description: String
}

func demand(_ holds: Bool, _ what: @autoclosure () -> String) throws(Broken) {
    guard holds else { throw Broken(description: what()) }
}

/// Bytes before and after a line of four dashes; the second part is empty where there is none.
func halves(_ bytes: [UInt8]) -> ([UInt8], [UInt8]) {
    let mark = Array("\n----\n".utf8)
    guard let at = bytes.firstRange(of: mark) else { return (bytes, []) }
    return (Array(bytes[..<at.lowerBound]), Array(bytes[at.upperBound...]))
}
