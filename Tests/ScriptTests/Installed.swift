import Glibc

/// A place in a house where Purser is installed.
struct Installed {
    let house: House
    /// As the unit files name it.
    let prefix: String
    /// Where it really lies: below DESTDIR.
    let place: String
    private let stage: String
    private let programs: String

    init(_ house: House, stage: String = "", prefix: String? = nil, programs: String = Programs.folder) {
        self.house = house
        self.stage = stage.isEmpty ? "" : house.path + stage
        self.prefix = prefix ?? (stage.isEmpty ? house.path + "/prefix" : "/opt/purser")
        place = self.stage + self.prefix
        self.programs = programs
    }

    func make(_ target: String) -> Transcript {
        house.run(
            "/usr/bin/make",
            ["-s", "-C", Programs.root, target, "BIN=\(programs)", "PREFIX=\(prefix)", "DESTDIR=\(stage)"])
    }
}

/// A unit file's settings, each with its values in order.
struct Unit {
    private var settings: [String: [String]] = [:]

    /// Nil: there is no such file.
    init?(_ path: String) {
        let text = String(decoding: Files.bytes(path), as: UTF8.self)
        guard !text.isEmpty else { return nil }
        for line in text.split(separator: "\n") where !line.hasPrefix("#") && !line.hasPrefix("[") {
            let halves = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            if halves.count == 2 { settings[halves[0], default: []].append(halves[1]) }
        }
    }

    subscript(name: String) -> [String] { settings[name] ?? [] }
}

/// The places that systemd would make for a unit and name in its command line, in a house.
struct Places {
    let home: String
    let runtime: String
    private let state: String
    private let credentials: String?

    init(_ house: House, _ unit: Unit, _ kind: String) {
        let (home, runtime, state) = (house.path + "/home", house.path + "/run", house.path + "/state")
        let made = [home, runtime, state] + unit["StateDirectory"].map { state + "/" + $0 }
        for place in made + unit["RuntimeDirectory"].map({ runtime + "/" + $0 }) { mkdir(place, 0o700) }
        (self.home, self.runtime, self.state) = (home, runtime, state)
        guard let loaded = unit["LoadCredential"].first?.split(separator: ":").first else {
            credentials = nil
            return
        }
        credentials = house.path + "/credentials"
        mkdir(house.path + "/credentials", 0o500)
        let key = house.run("purserd", ["key", "new", house.path + "/made.key"])
        precondition(key.code == 0, key.errors)
        Files.write("\(house.path)/credentials/\(loaded)", Files.bytes(house.path + "/made.key"), mode: 0o400)
    }

    var environment: [String: String] {
        var variables = ["HOME": home, "XDG_RUNTIME_DIR": runtime]
        if let credentials { variables = ["CREDENTIALS_DIRECTORY": credentials] }
        return variables
    }

    /// A command line with its specifiers replaced (systemd.unit(5)).
    func expanded(_ line: String) -> [String] {
        var line = line
        for (specifier, place) in [("%h", home), ("%t", runtime), ("%S", state), ("%d", credentials ?? "")] {
            line = line.replacing(specifier, with: place)
        }
        return line.split(separator: " ").map(String.init)
    }
}
