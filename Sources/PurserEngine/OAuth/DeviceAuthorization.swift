import Crypto
public import Wire

/// What a person needs to answer on another device (RFC 8628 3.3).
public struct DevicePrompt: Sendable, Hashable {
    /// To be entered on the page, as it is.
    public let userCode: String
    /// Where. Shown even where there is a `verificationURIComplete` (RFC 8628 3.3.1).
    public let verificationURI: URI
    /// The same page with the code in it, for a QR code.
    public let verificationURIComplete: URI?
}

/// A device authorization response (RFC 8628 3.2).
struct DeviceAuthorization: Sendable, CustomStringConvertible, CustomReflectable {
    let deviceCode: Secret
    let prompt: DevicePrompt
    /// Seconds both codes are good for.
    let life: Int64
    /// Seconds between two questions.
    let pollSeconds: Int64

    /// What came of asking for it.
    enum Answer: Sendable {
        case given(DeviceAuthorization)
        case refused(OAuthError)
        /// Worth another try.
        case unavailable(String)
        /// Something that must not be shown to a person or acted on.
        case violation(String)
    }

    /// - Parameter issuer: whose answer it is.
    static func decide(status: Int, body: [UInt8], by issuer: String) -> Answer {
        let json = try? JSON.parse(body, limits: .token)
        if let json, let error = OAuthError(json) { return .refused(error) }
        guard (200...299).contains(status) else {
            return .unavailable("the device authorization endpoint answered HTTP \(status)")
        }
        guard let json, json.object != nil else { return .unavailable("the device authorization answer is not JSON") }
        guard let code = json["device_code"]?.string, TokenResponse.isSendable(code) else {
            return .violation("the device authorization answer carries no device code")
        }
        guard let userCode = json["user_code"]?.string, !userCode.isEmpty,
            Exactly.same(userCode, Harmless.text(userCode, limit: 64))
        else { return .violation("the device authorization answer carries no code that can be shown") }
        // Before RFC 8628 was one, the member was called verification_url.
        func page(_ json: JSON?) -> URI? { SuppliedURI.read(json, by: issuer, isPage: true) }
        guard let place = page(json["verification_uri"] ?? json["verification_url"]) else {
            return .violation(
                "the page for the code is not an https address, or leads into this machine or its network")
        }
        return .given(
            DeviceAuthorization(
                deviceCode: Secret(code),
                prompt: DevicePrompt(
                    userCode: userCode, verificationURI: place,
                    verificationURIComplete: page(json["verification_uri_complete"])),
                life: min(seconds(json["expires_in"]) ?? Limits.pendingLinkSeconds, Limits.deviceCodeSeconds),
                pollSeconds: min(seconds(json["interval"]) ?? Limits.pollSeconds, Limits.mostPollSeconds)))
    }

    /// As it comes in the wild: a number, a number as text, a fraction, which is rounded up. Nothing, zero and what is
    /// no number count as not said.
    private static func seconds(_ value: JSON?) -> Int64? {
        guard let number = ExactDecimal(value?.number?.text ?? value?.string ?? "") else { return nil }
        let parts = number.text.split(separator: ".")
        guard let whole = Int64(parts[0]) else { return number.text.hasPrefix("-") ? nil : .max }
        guard !number.text.hasPrefix("-") else { return nil }
        let isFraction = parts.count > 1 && parts[1].contains { $0 != "0" }
        let up = isFraction ? whole + 1 : whole
        return up > 0 ? up : nil
    }

    // The device code opens a grant: it is never printed.
    var description: String { "device authorization" }
    var customMirror: Mirror { Mirror(self, children: [:]) }

    // What the pending link keeps, as JSON inside the seal.

    /// - Parameter metadata: where the code may be sent, and nowhere else.
    func kept(for metadata: ServerMetadata) -> Secret {
        var json = JSONObject([("device", .string(deviceCode.text() ?? ""))])
        EndpointsThen(metadata).put(into: &json)
        return Secret(JSON.object(json).text)
    }

    struct Kept: Sendable, CustomStringConvertible, CustomReflectable {
        let deviceCode: Secret
        let endpoints: EndpointsThen

        init?(_ secret: Secret) {
            guard let text = secret.text(), let json = try? JSON.parse(text), let code = json["device"]?.string,
                let endpoints = EndpointsThen(json)
            else { return nil }
            deviceCode = Secret(code)
            self.endpoints = endpoints
        }

        var description: String { "device authorization" }
        var customMirror: Mirror { Mirror(self, children: [:]) }
    }
}
