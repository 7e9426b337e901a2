import Crypto
import Testing
import Wire

@testable import PurserEngine

@Suite struct SealTests {
    private func place(
        wallet: String = "wal_default", link: String = "lnk_a", table: String = "token_version",
        column: String = "refresh", issuer: String = "https://as.example", client: String = "purser",
        version: Int64 = 3
    ) -> SealedPlace {
        SealedPlace(
            wallet: WalletID(rawValue: wallet), link: LinkID(rawValue: link), table: table, column: column,
            issuer: issuer, clientID: client, version: version)
    }

    private func changed(_ bytes: [UInt8], at index: Int, _ bit: UInt8 = 1) -> [UInt8] {
        var bytes = bytes
        bytes[index] ^= bit
        return bytes
    }

    @Test("C86: what was sealed opens in its place, and only there")
    func places() throws {
        let key = Fixture.dataKey()
        let sealed = try key.seal(Secret("refresh me"), at: place())
        #expect(key.open(sealed, at: place())?.text() == "refresh me")
        let wrong = [
            place(wallet: "wal_other"), place(link: "lnk_b"), place(table: "raw_answer"), place(column: "access"),
            place(issuer: "https://as.example/"), place(client: "purser2"), place(version: 2), place(version: 4),
            // The same letters, cut elsewhere.
            place(table: "token_versionr", column: "efresh"), place(wallet: "wal_defaul", table: "ttoken_version"),
        ]
        for place in wrong { #expect(key.open(sealed, at: place) == nil, "\(place)") }
    }

    @Test("C86: another key, key id or store does not open it")
    func otherKeys() throws {
        let key = Fixture.dataKey()
        let sealed = try key.seal(Secret("refresh me"), at: place())
        let elsewhere = DataKey(
            id: 1, epoch: 1, key: key.key, storeID: "another store", randomness: CountingRandomness())
        for other in [Fixture.dataKey(byte: 8), Fixture.dataKey(id: 2), elsewhere] {
            #expect(other.open(sealed, at: place()) == nil)
        }
        #expect(Fixture.dataKey().open(sealed, at: place())?.text() == "refresh me")
    }

    @Test("A record opens whatever epoch wrapped its key when it was sealed, and the epoch it names is bound to it")
    func epochs() throws {
        for (old, new) in [(1, 2), (2, 3), (5, 1)] as [(UInt32, UInt32)] {
            let sealed = try Fixture.dataKey(epoch: old).seal(Secret("refresh me"), at: place())
            #expect(SealedRecord(sealed)?.epoch == old)
            #expect(Fixture.dataKey(epoch: new).open(sealed, at: place())?.text() == "refresh me")
            for byte in 2..<6 {
                for bit in 0..<8 {
                    let other = changed(sealed, at: byte, 1 << UInt8(bit))
                    #expect(Fixture.dataKey(epoch: new).open(other, at: place()) == nil)
                }
            }
        }
    }

    @Test("C86, C87: every single flipped bit, every cut and every addition is seen")
    func damage() throws {
        let key = Fixture.dataKey()
        let sealed = try key.seal(Secret("refresh me"), at: place())
        for index in sealed.indices {
            for bit in 0..<8 {
                #expect(key.open(changed(sealed, at: index, 1 << UInt8(bit)), at: place()) == nil, "byte \(index)")
            }
        }
        for count in 0..<sealed.count { #expect(key.open(Array(sealed.prefix(count)), at: place()) == nil) }
        #expect(key.open(sealed + [0], at: place()) == nil)
        #expect(key.open([], at: place()) == nil)
    }

    @Test("An empty secret and a large one survive; the same one twice looks different each time")
    func sizes() throws {
        let key = Fixture.dataKey()
        for count in [0, 1, 32, 70_000] {
            let bytes = [UInt8](repeating: 0xAB, count: count)
            let sealed = try key.seal(Secret(copying: bytes), at: place())
            #expect(key.open(sealed, at: place())?.withBytes { Array($0) } == bytes)
            #expect(sealed.count == count + SealedRecord.headerCount + AEAD.tagCount)
        }
        #expect(try key.seal(Secret("a"), at: place()) != key.seal(Secret("a"), at: place()))
    }

    @Test("C87: a record begins with version, algorithm, epoch and key, and unknown ones are refused")
    func form() throws {
        let key = Fixture.dataKey(id: 0x0102_0304, epoch: 0x0A0B_0C0D)
        let sealed = try key.seal(Secret("x"), at: place())
        #expect(Array(sealed.prefix(10)) == [1, 1, 0x0A, 0x0B, 0x0C, 0x0D, 1, 2, 3, 4])
        let record = try #require(SealedRecord(sealed))
        #expect(record.bytes == sealed && record.epoch == 0x0A0B_0C0D && record.dataKey == 0x0102_0304)
        for index in [0, 1] {
            for value: UInt8 in [0, 2, 255] {
                var other = sealed
                other[index] = value
                #expect(SealedRecord(other) == nil)
            }
        }
        #expect(SealedRecord(Array(sealed.prefix(SealedRecord.headerCount + AEAD.tagCount - 1))) == nil)
    }

    @Test("No two different lists of parts give the same bytes")
    func joined() {
        let lists = [
            ["a", "b"], ["ab"], ["", "ab"], ["ab", ""], ["a", "", "b"], [], [""], ["", ""], ["b", "a"],
            ["a\u{0}\u{0}\u{0}\u{1}b"],
        ]
        #expect(Set(lists.map(SealedPlace.joined)).count == lists.count)
    }
}

@Suite struct SeatTests {
    private static func tokens() throws -> TokenResponse {
        try Fixture.tokens([
            "access_token": "at", "token_type": "Bearer", "refresh_token": "rt", "id_token": "it", "expires_in": 3600,
        ])
    }

    private func sealed(
        _ seat: Seat, _ metadata: ServerMetadata = Fixture.metadata(), generation: Int = 1, old: Secret? = nil
    ) throws -> TokenVersion {
        try seat.sealed(
            try Self.tokens(), generation: generation, keeping: old, boundTo: nil, metadata, of: Fixture.intent,
            receivedAt: Fixture.now, CountingRandomness())
    }

    @Test("Sealed tokens come back as they were")
    func roundTrip() throws {
        let seat = Fixture.seat(state: .linking)
        let version = try sealed(seat)
        #expect(try seat.accessToken(version).secret == Secret("at"))
        #expect(try seat.refreshToken(version, Fixture.metadata())?.secret == Secret("rt"))
        #expect(try seat.idToken(version) == Secret("it"))
        #expect(version.scopes == ["openid", "read"], "as asked")
        #expect(version.accessEndsAt == Fixture.now.adding(seconds: 3240) && version.refreshAheadAt == nil)
        for bytes in [version.sealedAccess, version.sealedRefresh ?? [], version.sealedIDToken ?? []] {
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(!text.contains("at") && !text.contains("rt") && !text.contains("it"))
        }
    }

    @Test("An ID token is kept only until the person is known")
    func idToken() throws {
        let version = try sealed(Fixture.seat(state: .active))
        #expect(version.sealedIDToken == nil)
        #expect(try Fixture.seat().idToken(version) == nil)
    }

    @Test("Without a new refresh token the old one is sealed again; without any there is none")
    func kept() throws {
        let seat = Fixture.seat()
        let bare = try Fixture.tokens(["access_token": "at", "token_type": "Bearer", "scope": "read"])
        func version(_ old: Secret?) throws -> TokenVersion {
            try seat.sealed(
                bare, generation: 2, keeping: old, boundTo: nil, Fixture.metadata(), of: Fixture.intent,
                receivedAt: Fixture.now,
                CountingRandomness())
        }
        #expect(try seat.refreshToken(try version(Secret("old")), Fixture.metadata())?.secret == Secret("old"))
        #expect(try seat.refreshToken(try version(nil), Fixture.metadata())?.secret == nil)
        #expect(try version(nil).scopes == ["read"])
        #expect(try seat.refreshToken(try sealed(seat, old: Secret("old")), Fixture.metadata())?.secret == Secret("rt"))
    }

    @Test("A token of another generation, column or link does not open")
    func moved() throws {
        let seat = Fixture.seat()
        let version = try sealed(seat)
        func moved(_ generation: Int, access: [UInt8]) -> TokenVersion {
            TokenVersion(
                generation: generation, sealedAccess: access, sealedRefresh: version.sealedAccess,
                sealedIDToken: access,
                scopes: [], accessEndsAt: nil, refreshAheadAt: nil, receivedAt: Fixture.now)
        }
        #expect(throws: UnsealProblem.broken) { try seat.accessToken(moved(2, access: version.sealedAccess)) }
        #expect(throws: UnsealProblem.broken) { try seat.accessToken(moved(1, access: version.sealedRefresh!)) }
        #expect(throws: UnsealProblem.broken) { try seat.accessToken(moved(1, access: [])) }
        #expect(throws: UnsealProblem.broken) {
            try seat.refreshToken(moved(1, access: version.sealedAccess), Fixture.metadata())
        }
        #expect(throws: UnsealProblem.broken) { try seat.idToken(moved(1, access: version.sealedAccess)) }
        let short = try seat.dataKey.seal(Secret("short"), at: seat.place("token_version", "access", 1))
        #expect(throws: UnsealProblem.broken) { try seat.accessToken(moved(1, access: short)) }
    }

    @Test("C45: A changed API, issuer or client keeps the access token at home")
    func accessFingerprint() throws {
        let version = try sealed(Fixture.seat())
        let changed = [
            Fixture.manifest(base: "https://evil.example/v2"), Fixture.manifest(base: "https://api.example/v3"),
            Fixture.manifest(base: "https://api.example:8443/v2"), Fixture.manifest(client: ["id": "another"]),
        ]
        for manifest in changed {
            let seat = Fixture.seat(Fixture.provider(manifest))
            #expect(throws: UnsealProblem.fingerprint) { try seat.accessToken(version) }
        }
        let unchanged = Fixture.seat(Fixture.provider(Fixture.manifest(parameters: [:])))
        #expect(try unchanged.accessToken(version).secret == Secret("at"))
    }

    @Test("C45: A changed token or revocation endpoint, issuer, client or method keeps the refresh token at home")
    func refreshFingerprint() throws {
        let version = try sealed(Fixture.seat())
        let metadata = [
            Fixture.metadata(issuer: "https://evil.example"), Fixture.metadata(token: "https://evil.example/token"),
            Fixture.metadata(revocation: "https://evil.example/revoke"), Fixture.metadata(revocation: nil),
        ]
        for metadata in metadata {
            #expect(throws: UnsealProblem.fingerprint) { try Fixture.seat().refreshToken(version, metadata) }
        }
        let manifests = [
            Fixture.manifest(client: ["id": "another"]),
            Fixture.manifest(client: ["id": "purser", "redirectUri": "https://evil.example/cb"]),
        ]
        let method = Fixture.provider("client_secret_post", id: "purser", secret: "s")
        for provider in manifests.map({ Fixture.provider($0) }) + [method] {
            #expect(throws: UnsealProblem.fingerprint) {
                try Fixture.seat(provider).refreshToken(version, Fixture.metadata())
            }
        }
        let other = Fixture.metadata(authorization: "https://as.example/other")
        #expect(try Fixture.seat().refreshToken(version, other)?.secret == Secret("rt"))
    }

    private func metadata(asking: Bool, _ endpoint: String?) -> ServerMetadata {
        var metadata = Fixture.metadata()
        metadata.isAskedAboutTokens = asking
        metadata.introspectionEndpoint = endpoint.flatMap { URI($0) }
        return metadata
    }

    @Test("C45: a token is asked about at the endpoint it was given out for; another one keeps it at home altogether")
    func introspectionFingerprint() throws {
        let (ours, evil) = ("https://as.example/about", "https://evil.example/about")
        let rows: [(before: (Bool, String?), now: (Bool, String?), isSent: Bool, isAskedAbout: Bool)] = [
            ((true, ours), (true, ours), true, true), ((true, ours), (true, evil), false, false),
            ((true, ours), (true, nil), false, false),
            // A folder that begins to ask, or ceases, is no other place; what was given out before is not asked about.
            ((true, ours), (false, ours), true, false), ((false, ours), (true, ours), true, false),
            ((false, nil), (true, ours), true, false), ((true, nil), (true, ours), true, false),
            // Where nobody asks, where it could be done is no matter.
            ((false, ours), (false, evil), true, false), ((false, ours), (false, nil), true, false),
            ((true, ours), (false, evil), false, false),
        ]
        for (before, now, isSent, isAskedAbout) in rows {
            let version = try sealed(Fixture.seat(), metadata(asking: before.0, before.1))
            let today = metadata(asking: now.0, now.1)
            let found = try? Fixture.seat().refreshToken(version, today)?.secret
            #expect((found == Secret("rt")) == isSent, "\(before) \(now)")
            #expect((Fixture.seat().introspectable(version, today) != nil) == isAskedAbout, "\(before) \(now)")
        }
    }
}
