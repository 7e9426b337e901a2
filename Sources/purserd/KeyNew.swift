import PurserSystem
import Usage

/// `purserd key new FILE`: makes a root key, for a unit that loads it as a credential or for --key-file.
enum KeyNew {
    static let command = Command<Purserd.Run>(
        "new", "make a root key file, for its owner alone", arguments: [Argument("FILE", .file)],
        text: [
            .paragraph(
                """
                Writes 64 hexadecimal digits drawn from the system's random source, mode 0600. A file that is there \
                already is never replaced. A usual start makes its key by itself; this is for a key that systemd hands \
                over (LoadCredential=), which is never made.
                """)
        ],
        examples: [Example("purserd key new /etc/purser/root.key", "the key of the system unit, as root")],
        run: run)

    private static func run(_ line: Line) throws -> Int32 {
        let key = KeyFile(Options.absolute(line.arguments[0]))
        do { try key.make() } catch { throw Refusal.cannot("\(error)") }
        Console.error(words(key))
        return 0
    }

    /// What whoever gets a new key must know.
    static func words(_ key: KeyFile) -> String {
        """
        purserd: a new root key was made: \(key.path)
        purserd: back this key up; without it nobody, you included, can open your links again

        """
    }
}
