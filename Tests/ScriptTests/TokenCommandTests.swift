import CLinux
import Glibc
import PurserAPI
import Testing
import Wire

/// API tokens from the command line to an answer on TCP, with the real programs.
@Suite("Tokens by command")
struct TokenCommandTests {
    private func ask(_ house: House, _ target: String, _ token: String, method: String = "GET") -> (Int, JSON) {
        let response = house.ask(house.daemonPort, method, target, headers: ["Authorization": "Bearer \(token)"])
        return (response?.status ?? 0, (try? JSON.parse(response?.body ?? [], limits: .file)) ?? .null)
    }

    @Test("a token is made, lets in, is listed with when it was used, and is taken back; its text is in no log")
    func life() throws {
        let house = House()
        house.start(["--debug"])
        #expect(house.link().link.code == 0)
        #expect(house.purser("token", "list").errors.contains("purser token new"))
        let made = house.purser(
            "token", "new", "--scope", "balances:read", "--expires", "30d", "--name", "the fridge")
        #expect(made.code == 0)
        let token = made.output.split(separator: "\n").first.map(String.init) ?? ""
        // A script takes it from standard output; what is for people is beside it.
        #expect(made.output == token + "\n" && token.hasPrefix("purser_"))
        #expect(made.errors.contains("not shown again") && made.errors.contains("balances:read; all programmes; until"))
        let (status, accounts) = ask(house, "/v1/accounts", token)
        #expect(status == 200)
        #expect(accounts["accounts"]?[0]?["membership"]?["number"]?.string?.hasPrefix("••••") == true)
        #expect(ask(house, "/v1/status", token).0 == 403)
        // Written in the background: the next list that has it is soon.
        var listed = house.purser("token", "list", "--json").json["tokens"]?[0].flatMap(TokenShown.init)
        for _ in 0..<50 where listed?.lastUsedAt == nil {
            listed = house.purser("token", "list", "--json").json["tokens"]?[0].flatMap(TokenShown.init)
        }
        let id = try #require(listed?.id)
        #expect(listed?.lastUsedAt != nil && listed?.name == "the fridge")
        let shown = house.purser("token", "list")
        for word in [id, "the fridge", "balances:read", "all", "just now"] { #expect(shown.output.contains(word)) }
        #expect(!shown.output.contains(token))
        let revoked = house.purser("token", "revoke", id)
        #expect(revoked.output == "\(id) is revoked (the fridge)\n")
        #expect(ask(house, "/v1/accounts", token).0 == 401)
        #expect(house.purser("token", "revoke", id).code == 1)
        house.stop()
        let needle = Array(token.utf8)
        #expect(!Array(house.everything.replacing(token + "\n", with: "", maxReplacements: 1).utf8).contains(needle))
        for file in ["", "-wal", "-shm"] { #expect(!Files.bytes(house.data + "/purser.db" + file).contains(needle)) }
    }

    @Test("restricted to a programme: by folder name or by the programme's key; what is unknown is said")
    func restricted() {
        let house = House()
        house.start()
        let made = house.purser(
            "token", "new", "--scope", "links:manage", "--scope", "admin", "--programme", "example.skyways.miles",
            "--programme", "skyways", "--json"
        ).json
        #expect(made["about"]?["programmes"] == ["skyways"])
        let unknown = house.purser("token", "new", "--scope", "admin", "--programme", "hogwarts")
        #expect(unknown.code == 1 && unknown.errors.contains("skyways"))
        let token = made["token"]?.string ?? ""
        let more = house.ask(
            house.daemonPort, "POST", "/v1/tokens",
            headers: ["Authorization": "Bearer \(token)", "Content-Type": "application/json"],
            body: #"{"scopes":["admin"]}"#)
        #expect(more?.status == 403)
    }

    @Test("a wrong line is refused before anything is asked, and what may be a token is not repeated")
    func misuse() {
        let house = House()
        house.start()
        let secret = "purser_" + String(repeating: "a", count: 52)
        for (line, words) in [
            (["token"], "token"), (["token", "new"], "--scope"),
            (["token", "new", "--scope", "root"], "balances:read"),
            (["token", "revoke"], "tok_"), (["token", "revoke", secret], "purser token list"),
            (["token", "revoke", "tok_../../links/lnk_a"], "purser token list"),
        ] {
            let transcript = house.run("purser", line)
            #expect(transcript.code == 2, "\(line)")
            #expect(transcript.errors.contains(words), "\(transcript.errors)")
            #expect(!transcript.errors.contains(secret))
        }
        let soon = house.purser("token", "new", "--scope", "admin", "--expires", "soon")
        #expect(soon.code == 1 && soon.errors.contains("2027-01-31"))
        #expect(house.purser("token", "list", "--json").json["tokens"] == [])
    }

    @Test("a token outlives the daemon; a day it ends on is told as that day")
    func restart() {
        let house = House()
        house.start()
        let token =
            house.purser("token", "new", "--scope", "balances:read", "--expires", "2099-12-31").output
            .split(separator: "\n").first.map(String.init) ?? ""
        house.stop()
        house.start()
        #expect(ask(house, "/v1/accounts", token).0 == 200)
        #expect(house.purser("token", "list").output.contains("2099-12-31"))
    }
}

extension [UInt8] {
    fileprivate func contains(_ needle: [UInt8]) -> Bool {
        guard let first = needle.first, count >= needle.count else { return false }
        return indices.dropLast(needle.count - 1).contains { self[$0] == first && self[$0...].starts(with: needle) }
    }
}
