import MockProviders
import PurserEngine
public import Wire

/// Which rotation policies a world's providers have: drawn, on both sides alike, so that every custody path is met at
/// every kind of provider that ships.
enum Rotations {
    /// As the manifest says it, and as the mock does it.
    private static let policies: [(manifest: JSON, mock: JSON)] = [
        (["policy": "none"], ["policy": "none"]),
        (["policy": "grace", "seconds": 30], ["policy": "grace", "seconds": 30]),
        (["policy": "graceUntilUsed", "capSeconds": 28_800], ["policy": "graceUntilUsed", "capSeconds": 28_800]),
        (["policy": "strict"], ["policy": "strict"]),
        (["policy": "sometimes"], ["policy": "sometimes", "every": 2]),
    ]
    /// What a spent token brings once more: another one, the same again, or, seldom and of no use, itself.
    private static let replays = [
        "parallel", "parallel", "parallel", "parallel", "same", "same", "same", "same", "old",
    ]
    /// How often links are pulled: more often than in truth, so that more happens in a day.
    private static let schedules = ["PT1H", "PT2H", "PT4H"]

    /// Calls a day: what one link would use in an hour or two, in a few, in a day.
    private static let quotas = [12, 30, 70]

    /// - Parameter quotas: of a thousand providers, so many have one.
    static func drawn(
        for provider: SimulatedProvider, quotas: Int, _ random: inout SeededRandom
    ) -> SimulatedProvider {
        let (manifest, pretended) = policies[random.below(policies.count)]
        var mock = pretended.object ?? JSONObject([])
        mock["replay"] = .string(replays[random.below(replays.count)])
        // What is asked in our own name has no refresh token that could be replaced.
        let isFeed = provider.mock.isForBusinesses
        var out = isFeed ? provider : provider.changed(["authorization", "rotation"], manifest)
        // Signals have days of their own: in worlds they would move all that is drawn after them.
        out = out.changed(["authorization", "sharedSignals"], nil)
        out = out.changed(["schedule", "every"], .string(schedules[random.below(schedules.count)]))
        var limits: JSON?
        if random.chance(quotas) {
            let most = Self.quotas[random.below(Self.quotas.count)]
            limits = ["perDay": .int(most)]
            out = out.changed(
                ["api", "limits"], ["perSecond": "5", "perDay": .string(String(most)), "inFlight": 4])
        }
        guard let played = try? provider.mock.with(rotation: .object(mock), limits: limits) else {
            preconditionFailure("the mock does not know a rotation of the simulation")
        }
        return SimulatedProvider(folder: out.folder, mock: played)
    }
}

extension SimulatedProvider {
    /// The same provider with another value at a place of its manifest; nil: with none.
    public func changed(_ path: [String], _ value: JSON?) -> SimulatedProvider {
        var files = folder.files
        let manifest = try? JSON.parse(files["manifest.json"] ?? [], limits: .file)
        files["manifest.json"] = (Self.changed(manifest ?? .null, path[...], value) ?? .null).bytes
        return SimulatedProvider(
            folder: ProviderFolder(name: folder.name, source: folder.source, files: files), mock: mock)
    }

    private static func changed(_ json: JSON, _ path: ArraySlice<String>, _ value: JSON?) -> JSON? {
        guard let name = path.first, var object = json.object else { return value }
        object[name] = changed(object[name] ?? .null, path.dropFirst(), value)
        return .object(object)
    }
}
