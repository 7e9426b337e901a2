/// Looks for secrets in what programs leave behind: files, logs, answers, argument lists.
///
/// A secret is looked for in many forms (`SecretForms`), and any twelve bytes in a row of any form are found: whoever
/// cuts a token short has printed it all the same. Every fifth run of eight bytes of each form is kept in a sorted
/// list; one of them lies whole within any twelve bytes. The place searched is slid over one byte at a time, and a
/// filter of bits says of nearly every run that it is not in the list.
public struct SecretScan: Sendable {
    /// One secret that stands where it must not. It never says the secret.
    public struct Hit: Sendable, Hashable, CustomStringConvertible {
        public let secret: String
        public let form: String
        public let place: String
        /// Where in the place, in bytes, and how many bytes of the form stand there.
        public let offset: Int
        public let count: Int

        public var description: String { "\(secret), \(form), stands in \(place) at byte \(offset) (\(count) bytes)" }
    }

    private struct Form {
        let secret: String
        let name: String
        /// Where it lies in `text`.
        let range: Range<Int>
    }

    private struct Run {
        let value: UInt64
        let form: Int32
        let at: Int32
    }

    /// So many bytes in a row are a find.
    public static let window = 12
    private static let run = 8
    private static let stride = window - run + 1

    private var forms: [Form] = []
    private var text: [UInt8] = []
    private var runs: [Run] = []
    private var filter: [UInt64] = []
    private var shift: UInt64 = 0

    /// - Parameter secrets: what is looked for, each with words for it that may be printed. None is shorter than
    ///   twelve bytes.
    public init(_ secrets: [(name: String, bytes: [UInt8])]) {
        for secret in secrets {
            precondition(secret.bytes.count >= Self.window, "\(secret.name) is too short to be told from chance")
            for form in SecretForms.all(of: secret.bytes) {
                let start = text.count
                text += form.bytes
                forms.append(Form(secret: secret.name, name: form.name, range: start..<text.count))
            }
        }
        collect()
    }

    private mutating func collect() {
        var runs: [Run] = []
        text.withUnsafeBytes { bytes in
            for (number, form) in forms.enumerated() {
                var at = form.range.lowerBound
                while at + Self.run <= form.range.upperBound {
                    let value = bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)
                    runs.append(Run(value: value, form: Int32(number), at: Int32(at)))
                    at += Self.stride
                }
            }
        }
        runs.sort { $0.value < $1.value }
        // Sixteen bits a run: one look-up in sixteen or so goes on to the list.
        var bits = 10
        while 1 << bits < runs.count * 16 { bits += 1 }
        var filter = [UInt64](repeating: 0, count: 1 << (bits - 6))
        shift = UInt64(64 - bits)
        for run in runs {
            let bit = Self.bit(run.value, shift)
            filter[Int(bit >> 6)] |= 1 << (bit & 63)
        }
        (self.runs, self.filter) = (runs, filter)
    }

    private static func bit(_ value: UInt64, _ shift: UInt64) -> UInt64 { (value &* 0x9e37_79b9_7f4a_7c15) >> shift }

    /// Every find in a place, at most `limit` of them.
    public func hits(in haystack: [UInt8], _ place: String, limit: Int = 20) -> [Hit] {
        haystack.withUnsafeBytes { hits(in: $0, place, limit: limit) }
    }

    /// The same, over bytes that lie elsewhere.
    public func hits(in haystack: UnsafeRawBufferPointer, _ place: String, limit: Int = 20) -> [Hit] {
        guard haystack.count >= Self.run, !runs.isEmpty else { return [] }
        var out: [Hit] = []
        filter.withUnsafeBufferPointer { filter in
            var at = 0
            while at + Self.run <= haystack.count, out.count < limit {
                let value = haystack.loadUnaligned(fromByteOffset: at, as: UInt64.self)
                let bit = Self.bit(value, shift)
                if filter[Int(bit >> 6)] & (1 << (bit & 63)) != 0, let hit = find(value, haystack, at, place) {
                    out.append(hit)
                    at = hit.offset + hit.count
                } else {
                    at += 1
                }
            }
        }
        return out
    }

    public func hits(in haystack: String, _ place: String) -> [Hit] { hits(in: Array(haystack.utf8), place) }

    /// The longest match around a run, if it is long enough.
    private func find(_ value: UInt64, _ haystack: UnsafeRawBufferPointer, _ at: Int, _ place: String) -> Hit? {
        var (low, high) = (0, runs.count)
        while low < high {
            let middle = (low + high) / 2
            if runs[middle].value < value { low = middle + 1 } else { high = middle }
        }
        var best: Hit?
        while low < runs.count, runs[low].value == value {
            let form = forms[Int(runs[low].form)]
            var (here, there) = (at, Int(runs[low].at))
            while here > 0, there > form.range.lowerBound, haystack[here - 1] == text[there - 1] {
                (here, there) = (here - 1, there - 1)
            }
            var count = 0
            while here + count < haystack.count, there + count < form.range.upperBound,
                haystack[here + count] == text[there + count]
            { count += 1 }
            if count >= Self.window, count > best?.count ?? 0 {
                best = Hit(secret: form.secret, form: form.name, place: place, offset: here, count: count)
            }
            low += 1
        }
        return best
    }
}
