import Crypto
import PurserEngine
import PurserSimulation
import Testing
import Wire

/// Days on which a provider tells what happens to its people's accounts (OpenID Shared Signals Framework 1.0).
@Suite("Days with signals")
struct SignalDayTests {
    private static let poll: Int64 = 400

    /// No request is made twice for want of a nonce.
    private static let noNonces: [(path: [String], value: JSON)] = [(["dpop", "nonces"], "none")]
    private static let member = "rp-31"

    private func story(_ day: Day, _ link: LinkID? = nil) -> [String] {
        guard let id = link ?? day.first?.id else { return [] }
        let events = try? day.stage.read { reads throws(StoreError) in try reads.custodyEvents(.first, id) }
        return (events ?? []).map(\.kind)
    }

    private func outcomes(_ day: Day, _ what: String) -> [String] {
        day.stage.signalOutcomes().filter { $0.hasPrefix(what + " ") }.map { String($0.dropFirst(what.count + 1)) }
    }

    private func streams(_ day: Day) -> Int { day.stage.mockLedger["streams"]?.array?.count ?? 0 }

    private func tell(_ day: Day, _ event: String, _ more: JSON = [:], seconds: Int64 = poll) {
        var signal = JSONObject([("event", .string(event))])
        if !event.hasPrefix("stream") { signal["member"] = .string(Self.member) }
        for member in more.object?.members ?? [] { signal[member.name] = member.value }
        day.stage.signal(.object(signal))
        day.stage.run(seconds: seconds)
    }

    private func asked(_ day: Day, _ what: String) -> Int { day.stage.requests.count { $0.contains(" \(what) ") } }

    /// A member is linked, and the stream of the provider's signals has been made and asked about.
    private func listening(_ seed: Int, mock: [(path: [String], value: JSON)] = []) -> Day {
        let day = Day(Shipped.provider("railpass", mock: mock), seed: seed)
        day.link()
        day.stage.run(seconds: Self.poll)
        return day
    }

    @Test("a stream is made with the first link, verified, polled, and deleted with the last link")
    func life() {
        let day = listening(6000)
        #expect(day.first?.state == .active)
        let made = day.stage.stream()?.made
        #expect(made?.status == .enabled && made?.verifiedAt != nil && made?.state == nil)
        #expect(made?.requested.count == SignalKind.allCases.count && made?.delivered.count == made?.requested.count)
        #expect(streams(day) == 1 && outcomes(day, "acknowledged").count == 1)
        if let id = day.first?.id { day.stage.act { _ = try? await $0.unlink(.first, id) } }
        day.stage.run(seconds: Self.poll)
        #expect(day.stage.links().isEmpty && day.stage.stream()?.made == nil && streams(day) == 0)
        let before = day.stage.requests.count
        day.stage.run(seconds: 5 * 3600)
        #expect(day.stage.requests.count == before)
        day.expectSound()
    }

    @Test(
        "an account that is disabled: the link is suspended with a question, values stay, and nothing more is sent for it"
    )
    func suspends() {
        let day = listening(6001)
        let amount = day.amount
        tell(day, "account-disabled", ["content": ["reason": "hijacking"]])
        #expect(day.first?.state == .suspended(.signalled) && day.first?.dueAt == nil)
        #expect(day.first.map(Standing.of) == Standing(.lastValues, .you, .resumeOrUnlink))
        #expect(day.first?.note == "the provider says that your account is disabled")
        #expect(story(day).last == "signalled" && outcomes(day, "acknowledged").last == "account-disabled")
        let (api, token, polls) = (day.calls("api"), day.events("issued", "refresh"), day.calls("poll"))
        day.stage.run(seconds: 3 * day.every)
        #expect(day.calls("api") == api && day.events("issued", "refresh") == token && day.amount == amount)
        #expect(day.calls("poll") > polls, "the stream is asked on")
        // That all is well again, nobody takes for the person's own word.
        tell(day, "account-enabled")
        #expect(day.first?.state == .suspended(.signalled) && story(day).last == "signalHeard")
        if let id = day.first?.id { day.stage.act { _ = try? await $0.resume(.first, id) } }
        day.stage.run(seconds: 2 * day.every)
        #expect(day.first?.state == .active && day.first?.condition == .ok && day.calls("api") > api)
        day.expectSound()
    }

    @Test("tokens that were revoked: consent is asked for; after it, what was told before is an earlier session's")
    func ends() {
        let day = listening(6002)
        tell(day, "tokens-revoked", ["id": "once"])
        #expect(day.first?.state == .needsConsent(.revokedThere) && story(day).last == "revokedThere")
        #expect(day.first.map(Standing.of) == Standing(.lastValues, .you, .relink))
        let (refreshes, api) = (day.events("spent", "refresh"), day.calls("api"))
        day.stage.run(seconds: 2 * day.every)
        #expect(day.events("spent", "refresh") == refreshes && day.calls("api") == api)
        let at = day.stage.now.seconds
        if let id = day.first?.id { day.stage.link(member: 0, renewing: id) }
        day.stage.run(seconds: Self.poll)
        #expect(day.first?.state == .active)
        tell(day, "session-revoked", ["content": ["event_timestamp": .int(at - 60)]])
        #expect(day.first?.state == .active && outcomes(day, "acknowledged").last == "session-revoked")
        day.expectSound()
    }

    @Test("news is told in the story and changes nothing; somebody else's is nobody's here")
    func news() {
        let day = listening(6003)
        tell(day, "risk-level-change")
        tell(day, "credential-change", ["content": ["change_type": "create"]])
        #expect(day.first?.state == .active && story(day).filter { $0 == "signalHeard" }.count == 2)
        let subject: JSON = ["format": "iss_sub", "iss": "https://127.0.0.1:7904", "sub": "another"]
        tell(day, "account-purged", ["subject": subject])
        #expect(day.first?.state == .active && outcomes(day, "acknowledged").last == "account-purged")
        day.expectSound()
    }

    @Test(
        "all links of the person are meant, in every wallet; a link that is suspended keeps its own question in front")
    func everyLink() {
        let day = listening(6004)
        day.stage.link(member: 0, in: WalletID(rawValue: "wal_second"))
        day.stage.link(member: 1)
        day.stage.run(seconds: 120)
        tell(day, "account-disabled")
        #expect(day.stage.links().map(\.state).filter { $0 == .suspended(.signalled) }.count == 2)
        #expect(day.stage.links().filter { $0.state == .active }.count == 1)
        tell(day, "credential-compromise")
        let note = day.first?.note ?? ""
        #expect(note.contains("your account is disabled; and the provider says that what you sign in with"))
        tell(day, "credential-compromise")
        #expect(day.first?.note == note && day.first?.state == .suspended(.signalled))
        tell(day, "token-revoked")
        #expect(day.first?.state == .needsConsent(.revokedThere))
        day.expectSound()
    }

    @Test(
        "wherever the process dies between taking an event and acknowledging it, it is acted on once", arguments: 1...24
    )
    func crashes(_ fuse: Int) {
        let day = listening(6100 + fuse)
        let id = day.first?.id
        day.stage.signal(["event": "risk-level-change", "member": .string(Self.member)])
        day.stage.light(fuse: fuse * 2)
        day.stage.run(seconds: Self.poll)
        day.stage.light(fuse: 0)
        day.stage.run(seconds: 3 * Self.poll)
        #expect(story(day, id).filter { $0 == "signalHeard" }.count == 1)
        #expect(outcomes(day, "acknowledged").filter { $0 == "risk-level-change" }.count == 1)
        day.expectSound()
    }

    @Test("an acknowledgement that is lost is given again, and the person's word in between stands")
    func redelivered() {
        let day = listening(6005, mock: Self.noNonces)
        // The poll that brings the event, then the one that acknowledges it: the server never hears that.
        day.stage.fault([
            "match": ["endpoint": "poll"], "after": 1,
            "replace": ["status": 503, "body": "", "unprocessed": true],
        ])
        tell(day, "account-disabled")
        #expect(
            day.first?.state == .suspended(.signalled) && !outcomes(day, "acknowledged").contains("account-disabled"))
        if let id = day.first?.id { day.stage.act { _ = try? await $0.resume(.first, id) } }
        day.stage.fault(["clear": true])
        day.stage.run(seconds: 10 * Self.poll)
        #expect(outcomes(day, "acknowledged").filter { $0 == "account-disabled" }.count == 1)
        #expect(day.first?.state == .active && story(day).filter { $0 == "signalled" }.count == 1)
        day.expectSound()
    }

    @Test("what the store does not take is not acknowledged, and is acted on when it comes again")
    func fullDisk() {
        let day = listening(6006)
        day.stage.signal(["event": "account-disabled", "member": .string(Self.member)])
        day.stage.setRefusals(perMille: 1000)
        day.stage.run(seconds: Self.poll)
        #expect(!outcomes(day, "acknowledged").contains("account-disabled") && day.first?.state == .active)
        day.stage.setRefusals(perMille: 0)
        day.stage.run(seconds: 6 * Self.poll)
        #expect(day.first?.state == .suspended(.signalled))
        #expect(outcomes(day, "acknowledged").filter { $0 == "account-disabled" }.count == 1)
        day.expectSound()
    }

    @Test("wherever the process dies while a stream is made, there is one stream in the end", arguments: 1...20)
    func makingCrashes(_ fuse: Int) {
        let day = Day(Shipped.provider("railpass"), seed: 6200 + fuse)
        day.stage.link(member: 0)
        day.stage.run(seconds: 5)
        day.stage.light(fuse: fuse * 3)
        day.stage.run(seconds: Self.poll)
        day.stage.light(fuse: 0)
        day.stage.run(seconds: 4 * Self.poll)
        guard day.first?.state == .active else { return }
        #expect(streams(day) == 1 && day.stage.stream()?.made?.verifiedAt != nil)
        day.expectSound()
    }

    @Test("a stream that the transmitter no longer knows is looked for and made anew")
    func gone() {
        let day = listening(6007)
        day.stage.fault(["match": ["endpoint": "poll"], "times": 1, "replace": ["status": 404, "body": "{}"]])
        day.stage.run(seconds: 3 * Self.poll)
        #expect(day.stage.stream()?.made != nil && streams(day) == 1 && asked(day, "PUT /ssf/streams") == 1)
        tell(day, "account-disabled")
        #expect(day.first?.state == .suspended(.signalled))
        day.expectSound()
    }

    @Test("a stream that is paused is asked to go on, once a day; until it does the state is shown")
    func paused() {
        let day = listening(6008)
        day.stage.fault([
            "match": ["endpoint": "streamStatus"], "patch": ["pointer": "/status", "value": "paused"],
        ])
        tell(day, "stream-updated", ["content": ["status": "paused", "reason": "too quiet"]])
        day.stage.run(seconds: Self.poll)
        #expect(day.stage.stream()?.made?.status == .paused)
        let facts = day.stage.stream().map { SignalFacts($0, hasPeople: true) }
        #expect(facts?.state == .paused)
        let before = asked(day, "POST /ssf/status")
        day.stage.run(seconds: 5 * 3600)
        #expect(before == 1 && asked(day, "POST /ssf/status") == 1)
        day.stage.fault(["clear": true])
        day.stage.run(seconds: 86_400)
        #expect(day.stage.stream()?.made?.status == .enabled && asked(day, "POST /ssf/status") >= 1)
        day.expectSound()
    }

    @Test("a transmitter that asks us to wait is not asked before; one that fails is asked less and less")
    func waits() {
        let day = Day(
            Shipped.provider("railpass", mock: [(["limits"], ["holdsRetryAfter": true])]), seed: 6009)
        day.link()
        day.stage.run(seconds: Self.poll)
        day.stage.fault([
            "match": ["endpoint": "poll"], "times": 1,
            "replace": ["status": 429, "headers": ["Retry-After": "3000"], "body": ""],
        ])
        day.stage.run(seconds: Self.poll)
        let polls = day.calls("poll")
        day.stage.run(seconds: 2400)
        #expect(day.calls("poll") == polls)
        #expect(day.stage.stream()?.turn.trouble == "the transmitter asked us to wait (HTTP 429)")
        day.stage.run(seconds: 1200)
        #expect(day.calls("poll") > polls && day.stage.stream()?.turn.trouble == nil)
        day.expectSound()
    }

    @Test("a token of ours that is taken no longer is replaced once, and no more often")
    func unauthorized() {
        let day = listening(6010, mock: Self.noNonces)
        let refusal: JSON = ["status": 401, "body": "{}", "unprocessed": true]
        day.stage.fault(["match": ["endpoint": "poll"], "times": 1, "replace": refusal])
        tell(day, "account-disabled")
        #expect(day.first?.state == .suspended(.signalled))
        let (polls, own) = (day.calls("poll"), day.calls("token"))
        day.stage.fault(["match": ["endpoint": "poll"], "replace": refusal])
        day.stage.run(seconds: Self.poll)
        let tries = day.calls("token") - own
        #expect(tries > 0 && tries < 10 && day.calls("poll") - polls == 2 * tries)
        #expect(day.stage.stream()?.turn.trouble == "the transmitter refuses the token it was just given")
        day.expectSound()
    }

    @Test("a stream that tells of nobody who was not named: people are named when they link and unnamed when they go")
    func named() {
        let day = listening(6011, mock: [(["signals", "namesSubjects"], true)])
        func subjects() -> [String] {
            (day.stage.mockLedger["streams"]?[0]?["subjects"]?.array ?? []).compactMap { $0["sub"]?.string }
        }
        #expect(subjects() == [Self.member])
        day.stage.link(member: 1)
        day.stage.run(seconds: 2 * Self.poll)
        #expect(subjects().count == 2 && asked(day, "POST /ssf/subjects/add") == 2)
        tell(day, "account-disabled")
        #expect(day.first?.state == .suspended(.signalled))
        if let id = day.first?.id { day.stage.act { _ = try? await $0.unlink(.first, id) } }
        day.stage.run(seconds: 2 * Self.poll)
        #expect(subjects().count == 1 && !subjects().contains(Self.member) && streams(day) == 1)
        day.expectSound()
    }

    @Test("another client: the stream of the one before is ended by that one")
    func otherClient() {
        let day = listening(6012)
        #expect(streams(day) == 1)
        let change = day.stage.perform { door, _ -> ClientChange? in
            _ = try? await door.clientKey("railpass", .edDSA, activate: false)
            return try? await door.setClient(
                "railpass", ClientSetting(clientID: "another", secret: nil, redirectURI: nil, scopes: nil))
        }
        #expect(change??.suspended == 1)
        #expect(streams(day) == 0 && day.stage.stream()?.made == nil && asked(day, "DELETE /ssf/streams") == 1)
        day.expectSound()
    }

    @Test("a transmitter that cannot be asked costs no pull, and says so where the operator looks")
    func away() {
        let day = Day(Shipped.provider("railpass"), seed: 6013)
        day.stage.fault(["match": ["endpoint": "transmitter"], "replace": ["status": 500, "body": ""]])
        day.link()
        day.stage.run(seconds: 2 * day.every)
        #expect(day.first?.state == .active && day.first?.condition == .ok && day.calls("api") > 2)
        let stream = day.stage.stream()
        #expect(stream?.made == nil && stream?.turn.trouble == "the transmitter's document answered HTTP 500")
        #expect(stream.map { SignalFacts($0, hasPeople: true).state } == .making)
        #expect(asked(day, "GET /.well-known/ssf-configuration") < 40)
        day.stage.fault(["clear": true])
        day.stage.run(seconds: day.every * 2)
        #expect(streams(day) == 1)
        day.expectSound()
    }
}
