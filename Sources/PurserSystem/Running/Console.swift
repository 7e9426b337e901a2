import CLinux
import Glibc

/// Standard output and error, whole lines at a time.
public enum Console {
    public static func out(_ text: String) { write(1, text) }
    public static func error(_ text: String) { write(2, text) }

    /// How wide text for reading is set; off a terminal 80.
    public static var width: Int {
        let columns = Int(clinux_columns(1))
        return columns > 0 ? columns : 80
    }

    private static func write(_ descriptor: Int32, _ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var at = 0
            while at < bytes.count {
                let count = Glibc.write(descriptor, bytes.baseAddress! + at, bytes.count - at)
                if count < 0, errno == EINTR { continue }
                if count <= 0 { return }
                at += count
            }
        }
    }
}
