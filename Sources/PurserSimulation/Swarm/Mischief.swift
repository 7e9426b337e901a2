import Crypto
import PurserEngine
import Wire

// What providers and networks do on bad days, as the mock's faults; and what disks, clocks and operators do.

extension Simulation {
    /// Effects on one endpoint's answers. A replaced answer that is not `unprocessed` was served: a refresh token that is
    /// answered so is spent (a 500 or a gateway's page after the rotation).
    private static let effects: [(String, JSON)] = [
        ("replace", ["status": 502, "headers": ["Content-Type": "text/html"], "body": "<h1>Bad gateway</h1>"]),
        ("replace", ["status": 500, "body": "oops", "unprocessed": true]),
        ("replace", ["status": 500, "body": "oops"]),
        ("replace", ["status": 200, "headers": ["Content-Type": "text/html"], "body": "<h1>Please log in</h1>"]),
        ("replace", ["status": 200, "body": ""]),
        (
            "replace",
            ["status": 403, "headers": ["Content-Type": "text/html"], "body": "<h1>No</h1>", "unprocessed": true]
        ),
        ("replace", ["status": 302, "headers": ["Location": "/elsewhere"], "body": "", "unprocessed": true]),
        ("replace", ["status": 429, "headers": ["Retry-After": "600"], "body": "{}", "unprocessed": true]),
        ("replace", ["status": 503, "headers": ["Retry-After": "1200"], "body": "{}", "unprocessed": true]),
        ("replace", ["status": 401, "body": "{\"error\":\"invalid_client\"}", "unprocessed": true]),
        ("replace", ["status": 400, "body": "{\"error\":\"invalid_request\"}", "unprocessed": true]),
        ("replace", ["status": 400, "body": "{\"error\":\"invalid_grant\"}", "unprocessed": true]),
        ("cutAfterBytes", 10), ("cutAfterBytes", -1), ("delayMilliseconds", 45_000), ("rotateKeys", true),
        ("bodyRepeat", ["text": "[", "count": 1_048_576]), ("patch", ["pointer": "/expires_in", "value": "3600"]),
        ("patch", ["pointer": "/expires_in", "remove": true]), ("revoke", true),
    ]

    private static let endpoints = [
        "token", "token", "token", "api", "api", "jwks", "discovery", "revoke", "*",
    ]

    /// What a token endpoint, or whoever stands before it, says and does not mean.
    private static let lies: [(String, JSON)] = [
        ("replace", ["status": 400, "body": "{\"error\":\"invalid_grant\"}", "unprocessed": true]),
        (
            "replace",
            ["status": 403, "headers": ["Content-Type": "text/html"], "body": "<h1>No</h1>", "unprocessed": true]
        ),
        ("replace", ["status": 200, "headers": ["Content-Type": "text/html"], "body": "<h1>Please log in</h1>"]),
    ]

    func trouble() {
        stage.setTrouble(perMille: random.below(250))
        let endpoint = Self.endpoints[random.below(Self.endpoints.count)]
        let effects = endpoint == "token" && random.chance(300) ? Self.lies : Self.effects
        let effect = effects[random.below(effects.count)]
        let times = 1 + random.below(4)
        let name = anyProvider()
        stage.fault(
            .object(JSONObject([("match", ["endpoint": .string(endpoint)]), ("times", .int(times)), effect])), at: name)
        if stage.names.count > 1, random.chance(300) { disorder(name) }
    }

    /// Ledgers with their rows in another order, or twice.
    private func disorder(_ name: String) {
        for list in ["/items", "/lines", "/rows"] {
            let how = random.chance(500) ? "reversed" : "doubled"
            let effect: JSON = .object(JSONObject([("pointer", .string(list)), (how, true)]))
            stage.fault(
                ["match": ["endpoint": "api"], "times": .int(1 + random.below(6)), "rearrange": effect], at: name)
        }
    }

    /// A laptop that is shut for hours, a clock that is set wrong and put right.
    func moveTime() {
        if random.chance(weather.sleeps) { stage.sleep(seconds: Int64(600 + random.below(40_000))) }
        if random.chance(weather.jumps) {
            let tenYears = 315_576_000
            let most = [1, 60, 3600, 90_000, 30 * 86_400, tenYears][random.below(6)]
            let offset = Int64(1 + random.below(most))
            stage.setClock(offsetSeconds: random.chance(500) ? -offset : offset)
        }
        if random.chance(300) { stage.setClock(offsetSeconds: 0) }
    }

    /// A disk that fails, is full, or loses power in the middle of something; or a better one.
    func moveDisk() {
        var trouble = DiskTrouble()
        if random.chance(weather.disk) {
            switch random.below(5) {
            case 0: trouble.isFull = true
            case 1: trouble.writeErrors = 1 + random.below(3000)
            case 2: trouble.writesWithoutRoom = 1 + random.below(3000)
            case 3: trouble.syncErrors = 1 + random.below(1500)
            default: trouble.readErrors = 1 + random.below(300)
            }
            if odd.chance(weather.turns) { trouble.turnedBits = 1 + odd.below(20_000) }
        }
        stage.setDisk(trouble)
        if random.chance(weather.disk) { stage.light(diskCalls: 1 + random.below(400)) }
        // A disk that is nearly full takes one write and refuses the next.
        let isNearlyFull = weather.refusals > 0 && random.chance(150)
        stage.setRefusals(perMille: isNearlyFull ? 300 : random.chance(500) ? weather.refusals : 0)
    }

    /// An operator who replaces the keys, whatever else goes on.
    func moveKeys() {
        guard random.chance(weather.rotations) else { return }
        stage.act { _ = try? await $0.rotateKeys { _ in } }
    }

    /// An operator who puts an earlier copy of the database back, and says later that nothing else runs.
    func moveBackups() {
        guard stage.keepsBackups, weather.restores > 0 else { return }
        if weather.hasTwin, random.chance(80) { stage.startTwin(withWitness: random.chance(500)) }
        if random.chance(200) { stage.stopTwin() }
        guard stage.twin == nil else { return }
        if random.chance(300) { stage.act { _ = try? await $0.confirmRestored() } }
        if let backup, random.chance(weather.restores) {
            stage.putBack(backup)
            self.backup = nil
        } else if random.chance(100) {
            backup = stage.backUp()
        }
    }

    /// An operator who sets a client's secret wrong, or another client; and one who puts it right.
    func changeClient() {
        let name = anyProvider()
        switch (name, random.below(3)) {
        case (_, 0): stage.act { _ = try? await $0.removeClient(name) }
        case ("grandstay", _):
            stage.act {
                _ = try? await $0.setClient(
                    "grandstay",
                    ClientSetting(
                        clientID: "purser:wallet", secret: Secret(copying: Array("wrong".utf8)), redirectURI: nil,
                        scopes: nil))
            }
        case ("skyways", 1):
            stage.act {
                _ = try? await $0.setClient(
                    "skyways", ClientSetting(clientID: "purser-portal", secret: nil, redirectURI: nil, scopes: nil))
            }
        default: break
        }
    }
}
