import PurserAPI

/// What a person needs who answers on another device: where, the code, and both at once for a camera.
enum DeviceCode {
    /// The address and the code are each alone on a line of standard output, whoever reads it. What is large is for a
    /// screen only.
    static func show(_ device: LinkStarted.Device, _ terminal: Terminal) {
        let isShown = terminal.isTerminal && !terminal.isQuiet
        terminal.remark("open this in any browser, on a telephone for instance:")
        Terminal.out(device.verificationURI)
        terminal.remark("and enter this code there:")
        if isShown, let letters = BigLetters.lines(device.userCode, width: terminal.width) {
            Terminal.out((["", ""] + letters + [""]).dropFirst().joined(separator: "\n"))
        }
        Terminal.out(terminal.bold(device.userCode))
        guard isShown, let picture = QRPicture(device.qr, terminal) else { return }
        let isComplete = device.verificationURIComplete != nil
        terminal.remark(
            isComplete ? "or scan this, and see that the same code is shown there:" : "or scan the address:")
        Terminal.out(picture.lines.joined(separator: "\n"))
    }
}

/// A QR code in half blocks, two modules a character one above the other, with its quiet zone.
struct QRPicture {
    /// Light modules around the code (ISO/IEC 18004).
    private static let quiet = 4

    let lines: [String]

    /// Nil when there is none, or it does not fit into the terminal's width.
    ///
    /// With colours it is black on white whatever the terminal's own are. Without them what is light is drawn, for a
    /// dark screen; cameras read it the other way about, too.
    init?(_ rows: [String], _ terminal: Terminal) {
        let side = rows.count
        guard side > 0, side + 2 * Self.quiet <= terminal.width, rows.allSatisfy({ $0.utf8.count == side }) else {
            return nil
        }
        let modules = rows.map { Array($0.utf8).map { $0 == UInt8(ascii: "1") } }
        let around = -Self.quiet..<(side + Self.quiet)
        func isDrawn(_ row: Int, _ column: Int) -> Bool {
            let isDark = modules.indices.contains(row) && modules.indices.contains(column) && modules[row][column]
            return isDark == terminal.hasColour
        }
        lines = stride(from: -Self.quiet, to: side + Self.quiet, by: 2).map { row in
            let line = around.map { column -> Character in
                switch (isDrawn(row, column), isDrawn(row + 1, column)) {
                case (true, true): "█"
                case (true, false): "▀"
                case (false, true): "▄"
                case (false, false): " "
                }
            }
            return terminal.hasColour ? "\u{1b}[30;107m\(String(line))\u{1b}[0m" : String(line)
        }
    }
}
