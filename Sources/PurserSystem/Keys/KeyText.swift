import Crypto
import Glibc
import PurserEngine
import Wire

// The root key as text: one line of 64 hexadecimal digits, wherever it lies.
enum KeyText {
    /// Reads the key from an open file and wipes what it was read into.
    /// - Parameter what: the place, for words about it: `the key file /etc/purser/root.key`.
    static func read(_ descriptor: Int32, _ what: String) throws(RootKeyError) -> Secret {
        var bytes = [UInt8](repeating: 0, count: 256)
        defer { for at in bytes.indices { bytes[at] = 0 } }
        var count = 0
        while count < bytes.count {
            let more = bytes.withUnsafeMutableBytes { room in
                Glibc.read(descriptor, room.baseAddress! + count, room.count - count)
            }
            if more < 0, errno == EINTR { continue }
            guard more >= 0 else { throw .unfit("\(what) cannot be read") }
            if more == 0 { break }
            count += more
        }
        if count > 0, bytes[count - 1] == 0x0A { count -= 1 }
        guard count == 64, var key = Hex.decode(String(decoding: bytes[0..<count], as: UTF8.self)) else {
            throw .unfit("\(what) does not hold 64 hexadecimal digits")
        }
        defer { for at in key.indices { key[at] = 0 } }
        return Secret(copying: key, locked: true)
    }
}
