import Testing
import Wire

@testable import PurserEngine

/// A stream as its transmitter says it is (Shared Signals Framework 1.0 8.1.1), and what of that is refused.
@Suite("A stream")
struct StreamConfigurationTests {
    private static let poll = TransmitterMetadata.poll
    private static let document: JSON = [
        "stream_id": "st", "iss": "https://tr.example", "aud": "purser", "events_requested": ["a", "b"],
        "events_delivered": ["a"], "description": "ours",
        "delivery": ["method": .string(poll), "endpoint_url": "https://tr.example/poll?s=st"],
    ]

    private static func transmitter() throws -> TransmitterMetadata {
        try TransmitterMetadata.read(
            [
                "issuer": "https://tr.example", "jwks_uri": "https://tr.example/jwks",
                "delivery_methods_supported": [.string(poll)], "configuration_endpoint": "https://api.example/streams",
            ], issuer: "https://tr.example")
    }

    private static func delivery(_ address: JSON) -> JSON { ["method": .string(poll), "endpoint_url": address] }

    private func read(_ changes: [(String, JSON?)] = []) throws -> StreamConfiguration {
        var object = Self.document.object ?? JSONObject()
        for (name, value) in changes { object[name] = value }
        return try StreamConfiguration.read(.object(object), try Self.transmitter())
    }

    @Test("everything in it is read; one audience or several, and what is not said is nothing")
    func whole() throws {
        let stream = try read()
        #expect(stream.id == "st" && stream.audience == ["purser"] && stream.description == "ours")
        #expect(stream.requested == ["a", "b"] && stream.delivered == ["a"])
        #expect(stream.pollEndpoint.text == "https://tr.example/poll?s=st")
        let bare = try read([("aud", ["x", "y"]), ("events_requested", nil), ("events_delivered", 7)])
        #expect(bare.audience == ["x", "y"] && bare.requested.isEmpty && bare.delivered.isEmpty)
        let beside = try read([("delivery", Self.delivery("https://api.example/poll"))])
        #expect(beside.pollEndpoint.text == "https://api.example/poll")
    }

    static let refused: [(String, JSON?, String)] = [
        ("stream_id", nil, "stream_id"), ("stream_id", "", "stream_id"), ("stream_id", 7, "stream_id"),
        ("stream_id", .string(String(repeating: "s", count: 256)), "stream_id"),
        ("iss", nil, "(iss)"), ("iss", "https://tr.example/", "(iss)"),
        ("delivery", nil, "(delivery)"),
        ("delivery", ["method": "urn:ietf:rfc:8935", "endpoint_url": "https://tr.example/poll"], "(delivery)"),
        ("delivery", delivery(nil), "endpoint_url"), ("delivery", delivery("/poll"), "endpoint_url"),
        ("delivery", delivery("http://tr.example/poll"), "no https address"),
        ("delivery", delivery("https://tr.example/poll#x"), "no https address"),
        ("delivery", delivery("https://u@tr.example/poll"), "no https address"),
        ("delivery", delivery("https://tr.example.evil.example/poll"), "another host"),
        ("aud", nil, "(aud)"), ("aud", [], "(aud)"), ("aud", ["x", 7], "(aud)"),
        ("aud", .array(Array(repeating: "x", count: 65)), "(aud)"),
    ]

    @Test(
        "a stream that is another's, comes another way, is elsewhere or for nobody is refused in words",
        arguments: refused)
    func refusals(_ name: String, _ value: JSON?, _ words: String) throws {
        do {
            _ = try read([(name, value)])
            #expect(Bool(false), "taken: \(name) \(value?.text ?? "none")")
        } catch let violation as ProtocolViolation {
            #expect("\(violation)".contains(words), "\(violation)")
        }
    }
}
