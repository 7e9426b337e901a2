import Glibc
import PurserAPI
import Wire

/// `--paste`: takes the address at which the browser ended and brings it to the daemon. A terminal is asked until it is
/// the right one; of standard input there is one line.
enum Pasting {
    static func run(_ started: LinkStarted, _ daemon: Daemon, _ terminal: Terminal) throws(Stop) {
        terminal.remark("answer there; then copy the address at which the browser ended, even if it shows an error")
        while true {
            let address = try SecretInput.line("address")
            do throws(Stop) {
                _ = try daemon.post("/v1/links/\(started.link)/response", ["address": .string(address)])
                return
            } catch {
                let isOpen = Now.instant < started.expiresAt
                guard isatty(0) == 1, isOpen, try daemon.link(started.link, waitSeconds: 0).state == "linking" else {
                    throw error
                }
                terminal.warn(error.words)
            }
        }
    }
}
