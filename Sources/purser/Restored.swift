import PurserAPI
import Usage
import Wire

/// `purser restored`.
enum Restored {
    static let command = Command<Run>(
        "restored", "say that nothing else uses the tokens of a restored database",
        text: [
            .paragraph(
                """
                After a backup was put back, purserd cannot know whether a daemon that went on with the newer database \
                still runs. Where a provider takes each refresh token once, the two would end each other's access. So \
                those links live from the access they hold, until you say with this that the other one is gone.
                """),
            .paragraph(
                """
                Tokens that were replaced after the backup was made are lost with it; their links will ask for your \
                consent again.
                """),
        ],
        run: run)

    static func run(_ line: Line, _ terminal: Terminal) throws -> Int32 {
        let daemon = Daemon(line)
        guard let before = StatusShown(try daemon.get("/v1/status")) else {
            throw Stop.failed("the daemon's answer cannot be read")
        }
        let after = try daemon.post("/v1/restored")
        if terminal.wantsJSON {
            Terminal.out(after.text)
        } else if before.restoredAt == nil {
            Terminal.out("nothing was to be confirmed: the database is the one this machine went on with")
        } else {
            Terminal.out("confirmed: refreshes go on with the tokens of this database")
        }
        return ExitCode.done
    }
}
