import Crypto
import PurserEngine
import PurserSimulation
import Testing
import Wire

/// Days at a provider that wants a certificate, and binds tokens to it (RFC 8705).
@Suite("Days of a certificate")
struct CertificateDayTests {
    private static let name = "metrorent"

    /// Of the client metrorent knows, good until two days after a stage begins.
    private static let brief = """
        -----BEGIN CERTIFICATE-----
        MIIBIjCByaADAgECAgEHMAoGCCqGSM49BAMCMBsxGTAXBgNVBAMMEHB1cnNlci1t
        ZXRyb3JlbnQwHhcNMjYwOTAxMDAwMDAwWhcNMjYwOTIzMTQxMzIwWjAbMRkwFwYD
        VQQDDBBwdXJzZXItbWV0cm9yZW50MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
        DviahHHW2CI1Kvj+o0+tJE8wZbvlAI5oTRdxD3RNIXxfp23JlIfuCV3OlooSFIxu
        /jeWcBTueFineBxxmQMxPjAKBggqhkjOPQQDAgNIADBFAiEArOJtVQRELOSlbWIj
        yGKzq+VmAlZl7OV5tM8OO8i9mvECIHcRmUGbQqtfxZtv0cx+mFmz2Y9124SVzBBX
        FESjARiR
        -----END CERTIFICATE-----
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgZDh4hZhzSV+8HfPq
        Hq2fRrmivdkhcLzgg/I0uX6XijuhRANCAAQO+JqEcdbYIjUq+P6jT60kTzBlu+UA
        jmhNF3EPdE0hfF+nbcmUh+4JXc6WihIUjG7+N5ZwFO54WKd4HHGZAzE+
        -----END PRIVATE KEY-----

        """

    private static func day(_ seed: Int, isBrief: Bool = false, mock: [(path: [String], value: JSON)] = []) -> Day {
        var mock = mock
        if isBrief {
            mock.append(
                (
                    ["clients"],
                    [
                        [
                            "id": "purser-metrorent", "title": "Purser",
                            "authentication": "self_signed_tls_client_auth",
                            "certificate": .string(CertificatePair.der(brief).map(CertificatePair.thumbprint) ?? ""),
                            "redirectUris": ["http://127.0.0.1/callback/metrorent"],
                        ]
                    ]
                ))
        }
        return Day(Shipped.provider(name, mock: mock), seed: seed)
    }

    /// Why a certificate is not taken; nil: it is.
    private func set(_ pair: String, _ day: Day) -> String? {
        let answer = day.stage.perform { door, _ in
            let setting = ClientSetting(
                clientID: "purser-metrorent", secret: nil, key: Secret(pair), redirectURI: nil, scopes: nil)
            do throws(ClientProblem) { _ = try await door.setClient(Self.name, setting) } catch {
                return error.description
            }
            return ""
        }
        return answer.flatMap { $0.isEmpty ? nil : $0 }
    }

    @Test("C74: a provider whose endpoints for such clients are elsewhere is asked there alone, all a link's life")
    func aliases() {
        let day = Self.day(5600, mock: [(["aliases"], true)])
        day.link()
        day.stage.run(seconds: 3 * day.every)
        #expect(day.first?.condition == .ok && (day.first?.generation ?? 0) >= 3)
        let asked = day.stage.requests
        #expect(asked.contains { $0.contains("/mtls/oauth/token") } && !asked.contains { $0.contains(" /oauth/token") })
        let id = day.first?.id
        day.stage.act { door in if let id { _ = try? await door.unlink(.first, id) } }
        day.stage.run(seconds: 60)
        #expect(day.receipts.first?.answer == .revoked)
    }

    @Test(
        "C74: a certificate that is over is shown to nobody: nothing is sent or spent, and whoever runs the daemon is told"
    )
    func over() throws {
        let day = Self.day(5601, isBrief: true)
        #expect(set(Self.brief, day) == nil)
        day.link()
        day.stage.run(seconds: day.every)
        #expect(day.first?.condition == .ok)
        let shown = day.stage.client(at: Self.name)?.certificateEndsAt
        #expect(shown == Stage.start.adding(seconds: 2 * 86_400))
        day.stage.run(seconds: 2 * 86_400 - day.every)
        let (spent, generation) = (day.events("spent", "refresh"), day.first?.generation)
        let asked = day.calls("api")
        day.stage.run(seconds: 2 * day.every)
        #expect(day.events("spent", "refresh") == spent && day.first?.generation == generation)
        #expect(day.calls("api") == asked && day.open() == nil)
        let link = try #require(day.first)
        #expect(link.state == .active)
        #expect(link.condition.cause?.hasPrefix("our certificate there is over since 2026-09-23") == true)
        #expect(Standing.of(link).actor == .operator && Standing.of(link).advice == .checkClient)
        // The same one is not taken again.
        #expect(set(Self.brief, day)?.contains("is over since") == true)
        day.expectSound()
    }
}
