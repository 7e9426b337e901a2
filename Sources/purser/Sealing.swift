import Glibc
import PurserAPI
import Usage
import Wire

/// `purser seal` and `purser unseal`: the daemon lets go of its keys, and takes them again.
enum Sealing {
    static let seal = Command<Run>(
        "seal", "have the daemon let go of its keys",
        text: [
            .paragraph(
                """
                Nothing is refreshed, pulled or shown until purser unseal; purser status still answers. Work under way \
                ends first: a token that was sent to its provider must see the answer. A daemon that is started again \
                opens by itself, where its key is within reach.
                """)
        ],
        run: runSeal)

    static let unseal = Command<Run>(
        "unseal", "have the daemon take its keys again",
        options: [
            Option(
                "--passphrase-file", value: "FILE", kind: .file,
                "a file that holds the passphrase; - reads it from standard input"),
            Option("--passphrase-fd", value: "N", "an open descriptor to read it from"),
        ],
        text: [
            .paragraph(
                """
                A key file or a credential is read again. A passphrase is asked for, where there is a terminal, and \
                never taken from the command line or the environment.
                """)
        ],
        run: runUnseal)

    private static func runSeal(_ line: Line, _ terminal: Terminal) throws -> Int32 {
        let daemon = Daemon(line)
        var keys = try shown(try daemon.post("/v1/keys/seal"))
        while keys.sealed != nil, keys.isHeld {
            terminal.progress("work under way ends first")
            usleep(200_000)
            keys = try shown(try daemon.get("/v1/keys"))
        }
        terminal.progress("")
        if terminal.wantsJSON { Terminal.out(keys.json.text) } else { Terminal.out("sealed; no key is in memory") }
        return ExitCode.done
    }

    private static func runUnseal(_ line: Line, _ terminal: Terminal) throws -> Int32 {
        let daemon = Daemon(line)
        let before = try shown(try daemon.get("/v1/keys"))
        var body: JSON?
        if before.sealed != nil, let passphrase = try passphrase(line, before) {
            body = ["passphrase": .string(passphrase)]
        }
        let keys = try shown(try daemon.post("/v1/keys/unseal", body))
        if terminal.wantsJSON {
            Terminal.out(keys.json.text)
        } else {
            Terminal.out(before.sealed == nil ? "it is not sealed" : "open again, by \(keys.source)")
        }
        return ExitCode.done
    }

    /// Nil: none was named, and there is nobody to ask or nothing to ask for.
    private static func passphrase(_ line: Line, _ keys: KeysShown) throws(Stop) -> String? {
        let (file, descriptor) = (line.value("--passphrase-file"), line.value("--passphrase-fd"))
        if file != nil, descriptor != nil {
            throw .usage("--passphrase-file and --passphrase-fd name two; there is one")
        }
        if let file { return try SecretInput.read(file, "passphrase") }
        if let descriptor {
            guard let number = Int32(descriptor), number >= 0 else {
                throw .usage("--passphrase-fd takes the number of an open descriptor")
            }
            return try SecretInput.read(descriptor: number, "passphrase")
        }
        return keys.kind == "passphrase" && isatty(0) == 1 ? try SecretInput.read("-", "passphrase") : nil
    }

    private static func shown(_ json: JSON) throws(Stop) -> KeysShown {
        guard let keys = KeysShown(json) else { throw .failed("the daemon's answer cannot be read") }
        return keys
    }
}
