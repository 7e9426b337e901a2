internal import Wire

/// As whom a client comes to a module: what stands in the folder and at the server before the module's own changes.
enum ClientProfile {
    /// A public client, as the folder has it.
    case plain
    /// FAPI 2.0 with proofs: pushed requests, `private_key_jwt`, tokens bound by DPoP, nonces at both servers.
    case proofs
    /// The same with signed messages (FAPI 2.0 Message Signing): requests and responses.
    case messages
    /// FAPI 2.0 with a certificate: pushed requests, mutual TLS, tokens bound to the certificate (RFC 8705).
    case certificate

    var server: [Change] {
        switch self {
        case .plain: []
        case .proofs:
            [
                Change("push", "required"), Change("signing/idToken", "PS256"),
                Change("dpop", ["required": true, "nonces": "both", "nonceSeconds": 300]),
            ]
        case .messages:
            Self.proofs.server + [Change("signing/response", "PS256"), Change("requestObjects", "required")]
        case .certificate:
            [Change("push", "required"), Change("signing/idToken", "PS256"), Change("bindsCertificates", true)]
        }
    }

    var client: [Change] {
        switch self {
        case .plain: []
        case .proofs:
            [
                Change("authorization/client", ["id": "purser-fapi", "keyFile": "client-keys.json"]),
                Change("authorization/clientAuthentication", "private_key_jwt"),
                Change("authorization/senderConstrained", "dpop"), Change("authorization/profile", "fapi2"),
            ]
        case .messages:
            Self.proofs.client + [
                Change("authorization/responseMode", "jwt"), Change("authorization/requestObject", true),
            ]
        case .certificate:
            [
                Change(
                    "authorization/client", ["id": "purser-mtls", "certificateFile": "client-certificate.pem"]),
                Change("authorization/clientAuthentication", "self_signed_tls_client_auth"),
                Change("authorization/senderConstrained", "mtls"), Change("authorization/profile", "fapi2"),
            ]
        }
    }
}
