public import Wire

/// What `POST /v1/links` answers: where the person consents.
public struct LinkStarted: Sendable, Hashable {
    /// What is shown where the person answers on another device (RFC 8628 3.3).
    public struct Device: Sendable, Hashable {
        public let userCode: String
        /// The page that takes the code.
        public let verificationURI: String
        /// The same page with the code in it, where the provider has one.
        public let verificationURIComplete: String?
        /// The page to open as a QR code: rows of `1` (dark) and `0` (light), without a quiet zone. Empty: there is none.
        public let qr: [String]

        public init(userCode: String, verificationURI: String, verificationURIComplete: String?, qr: [String]) {
            self.userCode = userCode
            self.verificationURI = verificationURI
            self.verificationURIComplete = verificationURIComplete
            self.qr = qr
        }
    }

    public let link: String
    /// The page to open; with a device code the one that has the code in it, if there is one.
    public let authorizationURI: String
    public let expiresAt: Instant
    /// Nil: a browser on this machine comes back by itself.
    public let device: Device?

    public init(link: String, authorizationURI: String, expiresAt: Instant, device: Device? = nil) {
        self.link = link
        self.authorizationURI = authorizationURI
        self.expiresAt = expiresAt
        self.device = device
    }

    public var json: JSON {
        var out = JSONObject([
            ("link", .string(link)), ("authorizationUri", .string(authorizationURI)),
            ("expiresAt", .string(expiresAt.rfc3339)),
        ])
        guard let device else { return .object(out) }
        out["userCode"] = .string(device.userCode)
        out["verificationUri"] = .string(device.verificationURI)
        if let complete = device.verificationURIComplete { out["verificationUriComplete"] = .string(complete) }
        if !device.qr.isEmpty { out["qr"] = .array(device.qr.map { .string($0) }) }
        return .object(out)
    }

    public init?(_ json: JSON) {
        guard let link = json["link"]?.string, let uri = json["authorizationUri"]?.string,
            let expires = json["expiresAt"]?.string.flatMap({ Instant(rfc3339: $0) })
        else { return nil }
        var device: Device?
        if let code = json["userCode"]?.string, let page = json["verificationUri"]?.string {
            device = Device(
                userCode: code, verificationURI: page,
                verificationURIComplete: json["verificationUriComplete"]?.string,
                qr: json["qr"]?.array?.compactMap(\.string) ?? [])
        }
        self.init(link: link, authorizationURI: uri, expiresAt: expires, device: device)
    }
}

extension LinkStarted {
    public static let schema = Schema.object(
        .must("link", .id("lnk_")),
        .must("authorizationUri", .uri.saying("The page to open; with the code in it, where there is one.")),
        .must("expiresAt", .moment),
        .may("userCode", .text.saying("To be entered at verificationUri; there when the link is a device link.")),
        .may("verificationUri", .uri),
        .may("verificationUriComplete", .uri.saying("The same page with the code in it.")),
        .may(
            "qr",
            .list(of: .text("^[01]+$")).saying(
                "authorizationUri as a QR code: its rows, 1 is dark, without the quiet zone around it.")))

    private static let deviceWords =
        "true: the person answers in any browser, by a code (RFC 8628); needs a provider that offers it."

    private static let pasteWords =
        "true: the person will bring the address by hand; refused where the provider's response comes in none."

    /// What `POST /v1/links` takes.
    public static let requestSchema = Schema.object(
        .must("provider", .text.saying("The name of its folder.")), .may("device", .flag.saying(deviceWords)),
        .may("paste", .flag.saying(pasteWords)))

    /// What `POST /v1/links/{link}/relink` takes.
    public static let renewalSchema = Schema.object(
        .may("device", .flag.saying(deviceWords)), .may("paste", .flag.saying(pasteWords)))
}
