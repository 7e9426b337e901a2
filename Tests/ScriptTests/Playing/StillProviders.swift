import CLinux
import Glibc
import Wire

/// Copies of the providers whose members stand still: their day zero was yesterday, and nothing moves after it.
enum StillProviders {
    static func copy(of folders: String, into house: String) -> String {
        let path = house + "/still"
        let copied = Running("/bin/cp", ["-r", folders, path])
        precondition(copied.wait() == 0, copied.errors)
        for name in Files.names(path) { still(path + "/\(name)/mock/members.json") }
        return path
    }

    private static func still(_ path: String) {
        guard var members = (try? JSON.parse(Files.bytes(path), limits: .file))?.object else { return }
        let yesterday = Instant(milliseconds: clinux_now_milliseconds()).date.adding(days: -1)
        members["dayZero"] = .string(yesterday.iso)
        var moves = members["moves"]?.object ?? JSONObject()
        for (name, rules) in moves.members.map({ ($0.name, $0.value.array ?? []) }) {
            moves[name] = .array(
                rules.map { rule in
                    var rule = rule.object ?? JSONObject()
                    rule["everyDays"] = [36500, 36500]
                    return .object(rule)
                })
        }
        members["moves"] = .object(moves)
        Files.write(path, JSON.object(members).text, mode: 0o644)
    }
}
