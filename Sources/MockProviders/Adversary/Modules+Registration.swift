internal import Wire

// Registrations that come back otherwise than they were asked for (RFC 7591 3.2.1). Those that nobody can live with are taken
// back (RFC 7592 2.3), so that the configuration endpoint is asked.

extension Module {
    private static let prefix = "purser-client-test-registration"
    private static let secretive = [Change("authorization/clientAuthentication", "client_secret_basic")]

    static let registration: [Module] = [
        Module(
            registering: prefix + "-secret", "nothing: it gives out a secret that ends, and a new one in time",
            server: [Change("registration", ["secretSeconds": 5400])], client: secretive,
            asking: ["configuration", "token", "api"], then: .works),
        Module(
            registering: prefix + "-key", "nothing: a key is registered",
            client: [Change("authorization/clientAuthentication", "private_key_jwt")], asking: ["token", "api"],
            then: .works),
        Module(
            registering: prefix + "-other-method", "it registered another method with a secret",
            Twist.registration(["pointer": "/token_endpoint_auth_method", "value": "client_secret_post"]),
            client: secretive, then: .stopsAtTokens),
        Module(
            registering: prefix + "-unknown-method", "it registered a method that nobody asked for",
            Twist.registration(["pointer": "/token_endpoint_auth_method", "value": "client_secret_jwt"]),
            client: secretive, asking: ["configuration"], then: .stopsAtRegistration),
        Module(
            registering: prefix + "-weaker-method", "it registered a client that proves nothing",
            Twist.registration(["pointer": "/token_endpoint_auth_method", "value": "none"]), client: secretive,
            asking: ["configuration"], then: .stopsAtRegistration),
        Module(
            registering: prefix + "-no-secret", "the secret is missing",
            Twist.registration(["pointer": "/client_secret", "remove": true]), client: secretive,
            asking: ["configuration"], then: .stopsAtRegistration),
        Module(
            registering: prefix + "-secret-over", "the secret ended long ago",
            Twist.registration(["pointer": "/client_secret_expires_at", "value": 1_000_000_000]), client: secretive,
            asking: ["configuration"], then: .stopsAtRegistration),
        Module(
            registering: prefix + "-secret-without-end", "it does not say when the secret ends",
            Twist.registration(["pointer": "/client_secret_expires_at", "remove": true]), client: secretive,
            asking: ["configuration"], then: .stopsAtRegistration),
        Module(
            registering: prefix + "-secret-end-as-text", "when the secret ends is no number",
            Twist.registration(["pointer": "/client_secret_expires_at", "value": "0"]), client: secretive,
            asking: ["configuration"], then: .stopsAtRegistration),
        Module(
            registering: prefix + "-redirect-dropped", "it registered another redirect URI",
            Twist.registration(["pointer": "/redirect_uris", "value": ["https://op.example/cb"]]),
            asking: ["configuration"], then: .stopsAtRegistration),
        Module(
            registering: prefix + "-grant-dropped", "it registered the implicit grant",
            Twist.registration(["pointer": "/grant_types", "value": ["implicit"]]), asking: ["configuration"],
            then: .stopsAtRegistration),
        Module(
            registering: prefix + "-scope-dropped", "it registered none of the scopes",
            Twist.registration(["pointer": "/scope", "value": "email.read"]), asking: ["configuration"],
            then: .stopsAtRegistration),
        Module(
            registering: prefix + "-only-token", "a registration token and no place for it",
            Twist.registration(["pointer": "/registration_client_uri", "remove": true]), asking: ["token", "api"],
            then: .works),
        Module(
            registering: prefix + "-only-place", "a place for a registration token, and none",
            Twist.registration(["pointer": "/registration_access_token", "remove": true]), asking: ["token", "api"],
            then: .works),
        Module(
            registering: prefix + "-place-elsewhere", "the registration token is to go elsewhere",
            Twist.registration([
                ["pointer": "/registration_client_uri", "value": "https://other.example/register"],
                ["pointer": "/client_secret_expires_at", "remove": true],
            ]), client: secretive, then: .stopsAtRegistration),
        Module(
            registering: prefix + "-html", "a page instead of a registration",
            [
                "match": ["endpoint": "register"],
                "replace": ["status": 200, "headers": ["Content-Type": "text/html"], "body": "<h1>Welcome</h1>"],
            ], then: .stopsAtRegistration),
        Module(
            registering: prefix + "-token-wanted", "it lets nobody register without a token",
            server: [Change("registration", ["initialToken": "it_pretended"])], then: .stopsAtRegistration),
    ]
}
