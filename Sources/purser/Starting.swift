import Glibc

/// How the daemon is started here.
enum Starting {
    private static let unit = "/systemd/user/purserd.service"

    /// The line that starts it: by its unit where one is installed, else by its name.
    static var line: String {
        places.contains { access($0 + unit, R_OK) == 0 } ? "systemctl --user start purserd" : "purserd"
    }

    /// Where a user's units lie: beside this program, the user's own, the machine's.
    private static var places: [String] {
        let home = Environment.value("HOME").map { $0 + "/.config" }
        let own = Environment.value("XDG_CONFIG_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil } ?? home
        return [beside, own, "/etc", "/usr/lib"].compactMap { $0 }
    }

    /// `<executable>/../lib`.
    private static var beside: String? {
        var room = [UInt8](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &room, room.count)
        guard count > 0, let slash = room[..<count].lastIndex(of: UInt8(ascii: "/")) else { return nil }
        return String(decoding: room[..<slash], as: UTF8.self) + "/../lib"
    }
}
