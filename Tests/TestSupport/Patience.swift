import Threads

/// How long a test waits for what must come: far longer than a machine under load takes, where hundreds of tests share a
/// pool of two threads. Only what hangs meets it.
public enum Patience {
    public static let seconds = 120

    /// Looks again and again until something holds. False: it never did.
    public static func lasts(until holds: () -> Bool) -> Bool {
        for _ in 0..<(seconds * 20) {
            if holds() { return true }
            Gate().wait(milliseconds: 50)
        }
        return false
    }
}
