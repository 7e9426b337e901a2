import CLinux
import Glibc
import PurserEngine
import Threads

/// What a build for trials does beside its work (`make crash`). In any other build there is nothing of it.
///
/// The environment's `PURSER_TRY` names a file of lines:
///
///     stop rawDurable 3     the process kills itself when it comes to this point for the third time
///     points /tmp/reached   every arrival is written there: the point, and microseconds of a clock that only counts on
///     limit claimSeconds 8  this number of `Limits` is another one
///     dumpable              its memory may be read and dumped
enum Tried {
    #if PURSER_TRIED
        nonisolated(unsafe) private(set) static var mayBeDumped = false

        static func begin() {
            guard let named = getenv("PURSER_TRY"), let file = fopen(named, "r") else { return }
            defer { fclose(file) }
            var (stop, times, points): (Point?, Int, Int32) = (nil, 1, -1)
            var room = [CChar](repeating: 0, count: 4096)
            while fgets(&room, Int32(room.count), file) != nil {
                let text = String(
                    decoding: room.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                let words = text.split(separator: " ").map(String.init)
                switch (words.first, words.count) {
                case ("stop", 3): (stop, times) = (Point(rawValue: words[1]), Int(words[2]) ?? 1)
                case ("points", 2): points = clinux_open(words[1], O_WRONLY | O_CREAT | O_APPEND, 0o600)
                case ("limit", 3): Shortened.limits[words[1]] = Int64(words[2])
                case ("dumpable", 1): mayBeDumped = true
                default: preconditionFailure("PURSER_TRY: \(text)")
                }
            }
            watch(stop, times, points)
        }

        private static func watch(_ stop: Point?, _ times: Int, _ points: Int32) {
            let left = Lock(times)
            Point.reached = { point in
                if points >= 0 {
                    var now = timespec()
                    clock_gettime(CLOCK_MONOTONIC, &now)
                    let line = "\(point.rawValue) \(now.tv_sec * 1_000_000 + now.tv_nsec / 1000)\n"
                    _ = write(points, line, line.utf8.count)
                }
                guard point == stop else { return }
                let isNow = left.withLock { left in
                    left -= 1
                    return left == 0
                }
                // As a power cut would: nothing of this process runs on, not even this call.
                if isNow { while true { kill(getpid(), SIGKILL) } }
            }
        }
    #else
        static var mayBeDumped: Bool { false }
        static func begin() {}
    #endif
}
