import CQrencode

/// A QR code (ISO/IEC 18004) of a short text: a square of modules, dark or light, without the quiet zone around it.
public struct QRCode: Sendable, Hashable {
    /// Longer texts make codes that no screen shows and few cameras read.
    public static let longestText = 512
    /// The largest code there is.
    private static let mostModules = 177

    /// Modules a side.
    public let side: Int
    private let modules: [UInt8]

    /// Nil when the text is empty or too long.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty, bytes.count <= Self.longestText else { return nil }
        var room = [UInt8](repeating: 0, count: Self.mostModules * Self.mostModules)
        side = Int(cqrencode_modules(bytes, Int32(bytes.count), &room, room.count))
        guard side > 0 else { return nil }
        modules = Array(room.prefix(side * side))
    }

    /// Its rows as texts of `1` (dark) and `0` (light).
    public var rows: [String] {
        (0..<side).map { row in
            String(decoding: modules[(row * side)..<((row + 1) * side)].map { UInt8(ascii: "0") + $0 }, as: UTF8.self)
        }
    }
}
