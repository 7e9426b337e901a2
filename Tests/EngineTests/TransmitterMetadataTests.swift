import Testing
import Wire

@testable import PurserEngine

/// What a transmitter of signals says of itself and of its streams, and what of that is refused.
@Suite("A transmitter")
struct TransmitterMetadataTests {
    private static let document: JSON = [
        "issuer": "https://tr.example/one", "jwks_uri": "https://keys.example/jwks",
        "delivery_methods_supported": ["urn:ietf:rfc:8935", "urn:ietf:rfc:8936"],
        "configuration_endpoint": "https://api.example/streams", "status_endpoint": "https://api.example/status",
        "verification_endpoint": "https://api.example/verify", "add_subject_endpoint": "https://api.example/add",
        "default_subjects": "NONE", "critical_subject_members": ["tenant"],
    ]

    private func read(_ changes: [(String, JSON?)] = []) -> TransmitterMetadata? {
        var object = Self.document.object ?? JSONObject()
        for (name, value) in changes { object[name] = value }
        return try? TransmitterMetadata.read(.object(object), issuer: "https://tr.example/one")
    }

    @Test("its document lies between host and path, and everything in it is read")
    func whole() throws {
        let metadata = try #require(read())
        #expect(metadata.configuration.text == "https://api.example/streams" && metadata.namesSubjects)
        #expect(metadata.status != nil && metadata.verification != nil && metadata.addSubject != nil)
        #expect(metadata.removeSubject == nil && metadata.criticalMembers == ["tenant"])
        for (issuer, place) in [
            ("https://tr.example", "https://tr.example/.well-known/ssf-configuration"),
            ("https://tr.example/", "https://tr.example/.well-known/ssf-configuration"),
            ("https://tr.example/one", "https://tr.example/.well-known/ssf-configuration/one"),
            ("https://tr.example/one/", "https://tr.example/.well-known/ssf-configuration/one"),
        ] {
            #expect(TransmitterMetadata.location(issuer)?.text == place)
        }
        #expect(TransmitterMetadata.location("https://tr.example?a=b") == nil)
        #expect(TransmitterMetadata.location("https://tr.example/#a") == nil)
        #expect(try #require(read([("default_subjects", nil)])).namesSubjects == false)
    }

    @Test(
        "it is refused whole where it is another's, pushes only, or names an endpoint that no token may go to",
        arguments: [
            ("issuer", "https://tr.example/one/"), ("issuer", nil), ("issuer", 7),
            ("delivery_methods_supported", ["urn:ietf:rfc:8935"]), ("delivery_methods_supported", nil),
            ("delivery_methods_supported", "urn:ietf:rfc:8936"), ("configuration_endpoint", nil),
            ("configuration_endpoint", "http://api.example/streams"), ("jwks_uri", nil),
            ("jwks_uri", "http://keys.example/jwks"), ("status_endpoint", "/status"),
            ("verification_endpoint", "https://u@api.example/verify"), ("add_subject_endpoint", "https://a.example/#x"),
            ("remove_subject_endpoint", 7), ("configuration_endpoint", "http://127.0.0.1:80/streams"),
            ("status_endpoint", "http://[::1]/status"), ("verification_endpoint", "https://10.0.0.1/verify"),
            ("add_subject_endpoint", "https://127.0.0.1/add"), ("jwks_uri", "http://127.0.0.1/jwks"),
        ] as [(String, JSON?)])
    func refused(_ change: (String, JSON?)) { #expect(read([change]) == nil) }

    private static let stream: JSON = [
        "stream_id": "st", "iss": "https://tr.example/one", "aud": ["purser"],
        "delivery": ["method": "urn:ietf:rfc:8936", "endpoint_url": "https://api.example/poll/st"],
        "events_requested": ["a"], "events_delivered": ["a"], "description": "purser 1",
    ]

    private func configuration(_ changes: [(String, JSON?)] = []) throws -> StreamConfiguration? {
        var object = Self.stream.object ?? JSONObject()
        for (name, value) in changes { object[name] = value }
        return try? StreamConfiguration.read(.object(object), try #require(read()))
    }

    @Test("a stream is what it says; its events are asked for on a host of the transmitter's and on no other")
    func streams() throws {
        let whole = try #require(try configuration())
        #expect(whole.id == "st" && whole.audience == ["purser"] && whole.delivered == ["a"])
        #expect(try configuration([("aud", "purser")])?.audience == ["purser"])
        #expect(try configuration([("events_delivered", nil)])?.delivered == [])
        func polled(_ address: String) -> (String, JSON?) {
            ("delivery", ["method": "urn:ietf:rfc:8936", "endpoint_url": .string(address)])
        }
        #expect(try configuration([polled("https://tr.example/poll")]) != nil)
        let bad: [(String, JSON?)] = [
            ("stream_id", nil), ("stream_id", ""), ("stream_id", 7), ("iss", "https://tr.example"), ("iss", nil),
            ("aud", nil), ("aud", []), ("aud", [7]), ("delivery", nil),
            ("delivery", ["method": "urn:ietf:rfc:8935", "endpoint_url": "https://api.example/poll/st"]),
            ("delivery", ["method": "urn:ietf:rfc:8936"]), polled("http://api.example/poll"),
            polled("https://other.example/poll"), polled("https://api.example:444/poll"),
            polled("https://keys.example/poll"), polled("https://u@api.example/poll"),
        ]
        for change in bad { #expect(try configuration([change]) == nil, "\(change)") }
    }
}
