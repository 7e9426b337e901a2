/// Times of `Limits` that a build for trials may shorten, so that a trial does not wait as long as a wallet does. In any
/// other build they are what they are.
public enum Shortened {
    #if PURSER_TRIED
        /// By name; set once, before anything runs.
        nonisolated(unsafe) public static var limits: [String: Int64] = [:]
    #endif

    /// The usual number, or the shortened one.
    @inline(__always)
    static func limit(_ name: StaticString, _ usual: Int64) -> Int64 {
        #if PURSER_TRIED
            return limits[name.description] ?? usual
        #else
            return usual
        #endif
    }
}
