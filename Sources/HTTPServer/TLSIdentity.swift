import CMicrohttpd

/// Who a server is over TLS: its certificate, with those between it and the authority, and its key; both PEM.
public final class TLSIdentity: @unchecked Sendable {
    // Ownership: never changed after init. Allocated, so that the key is in one place and wiped at the end.
    let certificate: UnsafePointer<CChar>
    let key: UnsafePointer<CChar>
    private let keyCount: Int
    /// Where it is there, clients are asked for a certificate of their own (RFC 8705); whose it is, is the caller's to
    /// judge (`IncomingRequest.certificate`).
    let trust: UnsafePointer<CChar>?

    /// - Parameter trust: PEM of authorities that are named to clients; nil: no certificate is asked for.
    public init(
        certificate: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer, trust: UnsafeRawBufferPointer? = nil
    ) {
        self.trust = trust.map(Self.terminated)
        self.certificate = Self.terminated(certificate)
        self.key = Self.terminated(key)
        keyCount = key.count
    }

    private static func terminated(_ bytes: UnsafeRawBufferPointer) -> UnsafePointer<CChar> {
        let room = UnsafeMutableRawPointer.allocate(byteCount: bytes.count + 1, alignment: 1)
        if let start = bytes.baseAddress { room.copyMemory(from: start, byteCount: bytes.count) }
        room.storeBytes(of: 0, toByteOffset: bytes.count, as: CChar.self)
        return UnsafePointer(room.assumingMemoryBound(to: CChar.self))
    }

    deinit {
        let key = UnsafeMutablePointer(mutating: key)
        cmicrohttpd_wipe(key, UInt(keyCount))
        key.deallocate()
        certificate.deallocate()
        trust?.deallocate()
    }

    /// Whether the library was built with TLS.
    public static var isSupported: Bool { MHD_is_feature_supported(.FEATURE_TLS) == .YES }
}
