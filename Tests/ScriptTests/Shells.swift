import Glibc

/// Shells completing a command line without anybody at a keyboard.
enum Shells {
    static func has(_ program: String) -> Bool { access("/usr/bin/" + program, X_OK) == 0 }

    static func skipped(_ program: String) {
        let message = "!!! \(program) is not there: what tests it is SKIPPED\n"
        _ = write(STDERR_FILENO, message, message.utf8.count)
    }

    /// bash calls a function with the words of the line; the last is the one at the cursor.
    static func bash(_ line: [String], _ house: House? = nil) -> [String] {
        let words = line.map(quoted).joined(separator: " ")
        return run(
            "/bin/bash",
            """
            source <(\(line[0]) completions bash)
            COMP_WORDS=(\(words)); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            \(function(line[0]))
            [[ ${#COMPREPLY[@]} == 0 ]] || printf '%s\\n' "${COMPREPLY[@]}"
            """, house)
    }

    /// zsh's own builtins for this work only at a keyboard; these say what they would have been told.
    static func zsh(_ line: [String], _ house: House? = nil) -> [String] {
        let begun = quoted(line.last ?? "")
        return run(
            "/usr/bin/zsh",
            """
            compdef() { : }
            compset() { : }
            compadd() { shift; (( $# )) && [[ -n "$*" ]] && print -rl -- "$@" }
            _describe() { print -rl -- "${(@)${(@P)@[-1]}%%:*}" }
            source <(\(line[0]) completions zsh)
            words=(\(line.map(quoted).joined(separator: " "))); CURRENT=${#words}; PREFIX=\(begun)
            \(function(line[0])) | while IFS= read -r word; do [[ $word == "$PREFIX"* ]] && print -r -- "$word"; done
            true
            """, house)
    }

    static func fish(_ line: [String], _ house: House? = nil) -> [String] {
        let offered = run(
            "/usr/bin/fish",
            """
            \(line[0]) completions fish | source
            complete -C \(quoted(line.joined(separator: " ")))
            """, house)
        // A description follows after a tab. fish itself offers the last of the words once more where nothing is known.
        return offered.map { String($0.prefix { $0 != "\t" }) }
    }

    private static func run(_ shell: String, _ script: String, _ house: House?) -> [String] {
        let place = house.map { "cd \(quoted($0.path))\n" } ?? ""
        let running = Running(
            shell, ["-c", place + script],
            environment: [
                "PURSER_SOCKET": house?.socket ?? "/nowhere", "HOME": house?.path ?? "/nowhere", "TERM": "dumb",
            ])
        let code = running.wait()
        return code == 0 && running.errors.isEmpty
            ? running.output.split(separator: "\n").map(String.init) : ["exit \(code)", running.errors]
    }

    private static func function(_ program: String) -> String { "_" + program.replacing("-", with: "_") }

    private static func quoted(_ word: String) -> String { "'" + word.replacing("'", with: "'\\''") + "'" }
}
