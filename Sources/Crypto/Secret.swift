internal import COpenSSL
internal import Synchronization

/// Bytes that exist once and are wiped: a token, a key, a client secret.
///
/// A final class, so that a continuation, a task group or a dictionary can hold it without copying the bytes. The
/// bytes lie outside the Swift heap and are wiped in `deinit`; those of keys (`locked`) are also kept out of core dumps
/// and child processes, and out of swap as far as the system allows (`isLocked`). It has no useful description, cannot be encoded and compares in constant time.
public final class Secret: @unchecked Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    // Ownership: written in init only, read-only until deinit.
    private let bytes: UnsafeMutableRawBufferPointer
    /// The bytes lie in a block of their own, and not on a heap.
    private let isApart: Bool
    /// Whether the system keeps the bytes out of swap.
    public let isLocked: Bool

    private static let refused = Atomic(0)

    /// How often the system has refused to lock memory that was to hold a key (`RLIMIT_MEMLOCK` is small).
    public static var lockRefusals: Int { refused.load(ordering: .relaxed) }

    private init(count: Int, locked: Bool) {
        let room = max(1, count)
        var isLocked: Int32 = 0
        if locked, let block = copenssl_locked(room, &isLocked) {
            bytes = UnsafeMutableRawBufferPointer(start: block, count: count)
            isApart = true
        } else {
            bytes = UnsafeMutableRawBufferPointer(start: .allocate(byteCount: room, alignment: 16), count: count)
            isApart = false
        }
        self.isLocked = isLocked == 1
        if locked, isLocked != 1 { Self.refused.add(1, ordering: .relaxed) }
    }

    /// A copy of the bytes; the source is the caller's to wipe.
    public convenience init(copying source: some Collection<UInt8>, locked: Bool = false) {
        self.init(count: source.count, locked: locked)
        bytes.copyBytes(from: source)
    }

    /// The UTF-8 of a text that came in as one: at the edge where it was parsed.
    public convenience init(_ text: String) { self.init(copying: Array(text.utf8)) }

    /// Made in place.
    convenience init(count: Int, locked: Bool = false, _ fill: (UnsafeMutableRawBufferPointer) -> Void) {
        self.init(count: count, locked: locked)
        fill(bytes)
    }

    deinit {
        if isApart {
            copenssl_release(bytes.baseAddress!, max(1, bytes.count))
        } else {
            OPENSSL_cleanse(bytes.baseAddress!, bytes.count)
            bytes.baseAddress!.deallocate()
        }
    }

    /// All parts, one after the other.
    public static func concatenating(_ parts: [Secret]) -> Secret {
        Secret(count: parts.reduce(0) { $0 + $1.count }) { out in
            var at = 0
            for part in parts {
                for byte in part.bytes {
                    out[at] = byte
                    at += 1
                }
            }
        }
    }

    public var count: Int { bytes.count }

    /// Lends the bytes for the time of the call.
    public func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try body(UnsafeRawBufferPointer(bytes))
    }

    /// As a text, for the one place that must send it; nil when it is not UTF-8. The copy cannot be wiped.
    public func text() -> String? { String(validating: bytes, as: UTF8.self) }

    /// In constant time for equal lengths.
    public static func == (a: Secret, b: Secret) -> Bool {
        a.count == b.count && CRYPTO_memcmp(a.bytes.baseAddress, b.bytes.baseAddress, a.count) == 0
    }

    public var description: String { "‹secret›" }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
