import Crypto
import Wire

/// What came of pushing an authorization request (RFC 9126 2.2, 2.3): a pure table.
enum PushedRequest: Sendable, Hashable {
    /// The reference that the browser takes along, and how many seconds it is good for.
    case taken(reference: String, seconds: Int64)
    /// The authorization server refuses it, in its own words.
    case refused(OAuthError)
    /// It answered something that is no answer to a push.
    case broken(String)

    private static let mostBytes = 2048

    static func decide(_ response: HTTPResponse) -> PushedRequest {
        let json = try? JSON.parse(response.body, limits: .token)
        if let json, let error = OAuthError(json) { return .refused(error) }
        guard response.status == 201 else {
            return .broken("the pushed authorization request was answered with HTTP \(response.status), not 201")
        }
        guard let reference = json?["request_uri"]?.string, !reference.isEmpty, reference.utf8.count <= mostBytes,
            reference.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
        else { return .broken("the answer to the pushed authorization request names no request_uri") }
        guard let seconds = json?["expires_in"]?.number.flatMap({ Int64($0.text) }), seconds > 0 else {
            return .broken("the answer to the pushed authorization request does not say how long it holds")
        }
        return .taken(reference: reference, seconds: min(seconds, 86_400))
    }

    /// The push itself: the parameters of the authorization request as a form, with the client's authentication and,
    /// where tokens will be bound to a key, a proof with that key. Where the request is signed, the form has nothing else of
    /// it (RFC 9126 3).
    static func request(
        _ parameters: [(String, String)], to endpoint: URI, _ metadata: ServerMetadata, _ client: ClientRegistration,
        _ proofKey: ProofKey?, signed object: RequestObject? = nil
    ) -> ProviderRequest? {
        // `client_id` comes with the client's authentication, once.
        let form = Form(object == nil ? parameters.filter { $0.0 != "client_id" } : [])
        var request = TokenRequest.request(
            form, endpoint, metadata, client, .once, seconds: Limits.answerSeconds, namesClient: true,
            proving: proofKey)
        request?.signing?.object = object
        return request
    }
}
