import PurserEngine
import Wire

/// How one link's requests follow each other: one worker at a time (I2), and never a storm of them (I8), whatever fails.
final class PaceCheck {
    /// Requests under way that ask for data, by number.
    private var asking: [Int: LinkID] = [:]
    private var windows: [LinkID: (from: Instant, count: Int)] = [:]
    private var failures: [LinkID: (from: Instant, count: Int)] = [:]
    /// When a worker last stood still, or the process died: until its claim is over two may meet.
    private var disturbed: Instant?
    /// When a link's claim was last taken from whoever worked on it: a new consent of the same person waits for nobody.
    private var renewed: [LinkID: Instant] = [:]

    private static let windowMilliseconds: Int64 = 600_000
    /// A pull is some ten requests, and a user may ask for one a minute.
    private static let most = 250
    /// Work that failed and was begun again: full jitter over half a minute, one, two, four lets so much through at the
    /// very most, somebody who asks each minute included.
    private static let mostFailures = 24
    private static let overMilliseconds: Int64 = 1_800_000

    /// - Returns: what is broken by this request; nil: nothing.
    func begins(_ number: Int, _ link: LinkID, isSpend: Bool, at now: Instant) -> String? {
        var window = windows[link] ?? (now, 0)
        if now.milliseconds(since: window.from) > Self.windowMilliseconds { window = (now, 0) }
        window.count += 1
        windows[link] = window
        if window.count == Self.most { return "I8: \(link) asks \(Self.most) times in ten minutes" }
        guard !isSpend else { return nil }
        let isCalm = [disturbed, renewed[link]].allSatisfy { moment in
            moment.map { now.milliseconds(since: $0) > Self.overMilliseconds } ?? true
        }
        let meets = asking.values.contains(link)
        asking[number] = link
        return meets && isCalm ? "I2: two workers are at \(link) at once" : nil
    }

    /// A link's work failed once more.
    func failed(_ link: LinkID, at now: Instant) -> String? {
        var window = failures[link] ?? (now, 0)
        if now.milliseconds(since: window.from) > Self.windowMilliseconds { window = (now, 0) }
        window.count += 1
        failures[link] = window
        return window.count == Self.mostFailures ? "I8: \(link) fails \(window.count) times in ten minutes" : nil
    }

    func ends(_ number: Int) { asking[number] = nil }

    func disturbed(at now: Instant) { disturbed = now }
    func renewed(_ link: LinkID, at now: Instant) { renewed[link] = now }

    func crashed(at now: Instant) {
        asking = [:]
        disturbed = now
    }
}
