import Crypto
import Wire

/// Where a provider's document had a link's code and access token go when the link began. They go nowhere else: a document
/// that changes between the consent and its response may be somebody else's by then (PROTOCOL.md A9).
///
/// It lies sealed with what the link waits with. Nothing is held yet that a changed document could leave useless, so a link
/// that meets one ends, and is begun again.
struct EndpointsThen: Sendable, Hashable {
    let token: String
    /// Nil: there was none.
    let userinfo: String?

    init(_ metadata: ServerMetadata) {
        token = metadata.tokenEndpoint.text
        userinfo = metadata.userinfoEndpoint?.text
    }

    /// Nil: an older Purser kept none.
    init?(_ json: JSON) {
        guard let token = json["token"]?.string else { return nil }
        self.token = token
        userinfo = json["userinfo"]?.string
    }

    func put(into json: inout JSONObject) {
        json["token"] = .string(token)
        json["userinfo"] = userinfo.map { .string($0) }
    }

    /// What is no longer as it was, in words; nil: a code may be sent.
    func changeOfToken(_ metadata: ServerMetadata) -> String? {
        Exactly.same(metadata.tokenEndpoint.text, token) ? nil : Self.words("token")
    }

    /// What is no longer as it was, in words; nil: an access token may be sent to UserInfo.
    func changeOfUserInfo(_ metadata: ServerMetadata) -> String? {
        metadata.userinfoEndpoint?.text == userinfo ? nil : Self.words("UserInfo")
    }

    private static func words(_ what: String) -> String {
        "the provider names another \(what) endpoint than when you began; nothing was sent there, so link again"
    }
}

extension Secret {
    /// Of what a link waits with, an authorization request or a device code, opened.
    var endpointsThen: EndpointsThen? { text().flatMap { try? JSON.parse($0) }.flatMap(EndpointsThen.init) }
}
