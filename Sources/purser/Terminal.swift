import CLinux
import Glibc
import Usage
import Wire

/// What the person sees: width, colour, whether anybody is there.
struct Terminal {
    let isTerminal: Bool
    let hasColour: Bool
    /// A terminal that knows no escape sequence: no colour, no line that changes.
    private let isDumb: Bool
    let width: Int
    let isQuiet: Bool
    let wantsJSON: Bool

    init(_ line: Line) {
        isTerminal = isatty(1) == 1
        isDumb = Environment.value("TERM") == "dumb"
        hasColour = isTerminal && (Environment.value("NO_COLOR") ?? "").isEmpty && !isDumb
        // In a pipe nothing is cut: whoever reads it has no width.
        width = max(40, Self.knownWidth ?? (isTerminal ? 100 : 10_000))
        isQuiet = line.has("--quiet")
        wantsJSON = line.has("--json")
    }

    /// For text that is set to a width; in a pipe 80.
    static var readingWidth: Int { knownWidth ?? 80 }

    private static var knownWidth: Int? {
        let columns = Int(clinux_columns(1))
        return columns > 0 ? columns : nil
    }

    static func out(_ text: String) { write(1, text + "\n") }
    /// Asks on standard error, with no line break after it.
    static func prompt(_ text: String) { write(2, text) }
    static func error(_ text: String) { write(2, text + "\n") }

    /// A remark beside the result: not in a pipe's data, not with --quiet.
    func remark(_ text: String) { if !isQuiet { Terminal.error(text) } }

    /// A remark that something is the matter.
    func warn(_ text: String) { for line in wrapped(text, first: "! ") { remark(warning(line)) } }

    /// Lines of the terminal's width, those after the first indented as far as it begins. In a pipe it is one line.
    func wrapped(_ text: String, first: String) -> [String] {
        Paragraphs.wrap(text, width: isTerminal ? width : .max, first: first)
    }

    /// Replaces the line under the cursor; an empty text clears it. Nothing off a terminal.
    func progress(_ text: String) {
        guard !isQuiet, !isDumb, isatty(2) == 1 else { return }
        Terminal.write(2, "\r\u{1b}[K" + String(text.prefix(max(10, width - 1))))
    }

    func bold(_ text: String) -> String { hasColour ? "\u{1b}[1m\(text)\u{1b}[0m" : text }
    func faint(_ text: String) -> String { hasColour ? "\u{1b}[2m\(text)\u{1b}[0m" : text }
    func warning(_ text: String) -> String { hasColour ? "\u{1b}[33m\(text)\u{1b}[0m" : text }

    private static func giveUp(_ number: Int32) -> Never {
        error("purser: standard output cannot be written: \(String(cString: strerror(number)).lowercased())")
        exit(ExitCode.failed)
    }

    private static func write(_ descriptor: Int32, _ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var at = 0
            while at < bytes.count {
                let count = Glibc.write(descriptor, bytes.baseAddress! + at, bytes.count - at)
                if count < 0, errno == EINTR { continue }
                if count <= 0 {
                    // A reader that has gone away wants no more; a full disk must not look like success.
                    if descriptor == 1, errno != EPIPE { giveUp(errno) }
                    return
                }
                at += count
            }
        }
    }
}

/// Variables of the environment.
enum Environment {
    static func value(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}

/// The time, for ages and countdowns.
enum Now {
    static var instant: Instant { Instant(milliseconds: clinux_now_milliseconds()) }
}
