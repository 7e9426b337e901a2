import CLinux
import Glibc
import Wire

/// Copies of the providers whose members have the same today and on any other day: their day zero was yesterday, nothing
/// moves after it, and what they earned before lies so far apart that no two lots ever end in one month, nor any on a day
/// that is near.
enum StillProviders {
    private static let daysApart = 45

    static func copy(of folders: String, into house: String) -> String {
        let path = house + "/still"
        let copied = Running("/bin/cp", ["-r", folders, path])
        precondition(copied.wait() == 0, copied.errors)
        for name in Files.names(path) {
            still(path + "/\(name)/mock/members.json")
            hasten(path + "/\(name)/mock/authorization.json")
            rest(path + "/\(name)/manifest.json")
        }
        return path
    }

    /// What the daemon asks by itself waits until somebody has registered a client there.
    private static func rest(_ path: String) {
        guard var manifest = (try? JSON.parse(Files.bytes(path), limits: .file))?.object,
            var authorization = manifest["authorization"]?.object, authorization["grant"] == "client_credentials"
        else { return }
        authorization["client"] = nil
        manifest["authorization"] = .object(authorization)
        Files.write(path, JSON.object(manifest).text, mode: 0o644)
    }

    /// A device code may be asked about each second.
    private static func hasten(_ path: String) {
        guard var traits = (try? JSON.parse(Files.bytes(path), limits: .file))?.object,
            traits["deviceInterval"] != nil
        else { return }
        traits["deviceInterval"] = 1
        Files.write(path, JSON.object(traits).text, mode: 0o644)
    }

    private static func still(_ path: String) {
        guard var members = (try? JSON.parse(Files.bytes(path), limits: .file))?.object else { return }
        let yesterday = Instant(milliseconds: clinux_now_milliseconds()).date.adding(days: -1)
        members["dayZero"] = .string(yesterday.iso)
        Files.write(path, still(.object(members)).text, mode: 0o644)
    }

    /// Every rule of moving put off for a century, every history spread.
    private static func still(_ json: JSON) -> JSON {
        switch json {
        case .array(let elements): return .array(elements.map(still))
        case .object(var object):
            for member in object.members { object[member.name] = still(member.value) }
            if object["everyDays"] != nil { object["everyDays"] = [36_500, 36_500] }
            if let history = object["history"]?.array { object["history"] = .array(spread(history)) }
            return .object(object)
        default: return json
        }
    }

    private static func spread(_ history: [JSON]) -> [JSON] {
        history.enumerated().map { index, past in
            guard var past = past.object else { return past }
            past["day"] = .int((index - history.count) * daysApart)
            return .object(past)
        }
    }
}
