import Glibc

/// Opens an address in the person's browser: by argument list, never through a shell.
enum Browser {
    static func open(_ address: String) -> Bool {
        guard
            Environment.value("DISPLAY") != nil || Environment.value("WAYLAND_DISPLAY") != nil
                || Environment.value("BROWSER") != nil
        else { return false }
        let command = Environment.value("BROWSER").flatMap { $0.isEmpty || $0.contains(" ") ? nil : $0 } ?? "xdg-open"
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor: Int32 in 0...2 {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
        }
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup(command), strdup(address), nil]
        defer { for argument in arguments { free(argument) } }
        var process: pid_t = 0
        return posix_spawnp(&process, command, &actions, nil, &arguments, environ) == 0
    }
}
