import Crypto
import Glibc
import Testing

/// What the system says of the memory that keys lie in.
@Suite struct MemoryTests {
    /// The flags of the mapping that holds an address (proc(5), smaps).
    private func flags(_ address: UInt) -> String? {
        guard let file = fopen("/proc/self/smaps", "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 4096)
        var isInside = false
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let range = text.prefix { $0 != " " }.split(separator: "-").compactMap { UInt($0, radix: 16) }
            if range.count == 2 { isInside = range[0] <= address && address < range[1] }
            if isInside, text.hasPrefix("VmFlags:") { return text }
        }
        return nil
    }

    private func flags(_ secret: Secret) -> String {
        secret.withBytes { flags(UInt(bitPattern: $0.baseAddress)) ?? "" }
    }

    @Test("Keys lie in memory that is locked, not dumped and wiped in a child; the others say that they do not")
    func locked() throws {
        let key = Secret(copying: [UInt8](repeating: 1, count: 32), locked: true)
        let derived = HKDF.sha256(secret: key, salt: [], info: [], count: 32)
        let sealed = try AEAD.seal(derived, key: key, nonce: [UInt8](repeating: 0, count: 12), aad: [])
        let opened = try AEAD.open(sealed, key: key, nonce: [UInt8](repeating: 0, count: 12), aad: [], locked: true)
        for secret in [key, derived, SystemRandom.secret(32), opened] {
            let flags = flags(secret)
            #expect(flags.contains(" dd") && flags.contains(" wf"), "\(flags)")
            #expect(flags.contains(" lo") == secret.isLocked, "\(flags)")
            // Where the limit is too small it is counted; here it is not that small.
            #expect(secret.isLocked || Secret.lockRefusals > 0)
        }
        #expect(!Secret("token").isLocked)
    }

    @Test("Where the system refuses to lock memory it is counted, and the key is still kept out of dumps")
    func refused() async {
        await #expect(processExitsWith: .exitCode(7)) {
            var none = rlimit(rlim_cur: 0, rlim_max: 0)
            guard setrlimit(__rlimit_resource_t(8), &none) == 0, setuid(65534) == 0 || geteuid() != 0 else { exit(7) }
            let key = Secret(copying: [1, 2, 3], locked: true)
            exit(!key.isLocked && Secret.lockRefusals == 1 && key.withBytes { Array($0) } == [1, 2, 3] ? 7 : 1)
        }
    }
}

@Suite struct RandomTests {
    @Test("C92: where there are no random bytes the process ends; nobody gets zeros")
    func failure() async {
        // Before anything is drawn, OpenSSL is told of a generator that there is not.
        await #expect(processExitsWith: .failure) {
            typealias Set =
                @convention(c) (
                    OpaquePointer?, UnsafePointer<CChar>?, UnsafePointer<CChar>?, UnsafePointer<CChar>?,
                    UnsafePointer<CChar>?
                ) -> Int32
            guard let place = dlsym(nil, "RAND_set_DRBG_type") else { exit(0) }
            guard unsafeBitCast(place, to: Set.self)(nil, "NO-SUCH-GENERATOR", nil, nil, nil) == 1 else { exit(0) }
            let bytes = SystemRandom.bytes(32)
            exit(bytes.isEmpty ? 1 : 0)
        }
    }

    @Test("C92: a million nonces, and none twice")
    func unique() {
        var seen: [UInt64] = []
        seen.reserveCapacity(1_000_000)
        // The first eight of twelve bytes: were two of these the same, it would be one chance in 37 million.
        for _ in 0..<1000 {
            let drawn = SystemRandom.bytes(12 * 1000)
            for at in 0..<1000 { seen.append(drawn[(12 * at)..<(12 * at + 8)].reduce(0) { $0 << 8 | UInt64($1) }) }
        }
        seen.sort()
        #expect(!zip(seen, seen.dropFirst()).contains { $0 == $1 })
    }

    @Test("C92: a process and its child never draw the same")
    func fork() throws {
        _ = SystemRandom.bytes(12)
        let place = try #require(dlsym(nil, "fork"))
        let fork = unsafeBitCast(place, to: (@convention(c) () -> pid_t).self)
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        let child = fork()
        if child == 0 {
            let drawn = SystemRandom.bytes(12)
            _ = write(ends[1], drawn, 12)
            _exit(0)
        }
        let ours = SystemRandom.bytes(12)
        var theirs = [UInt8](repeating: 0, count: 12)
        close(ends[1])
        #expect(read(ends[0], &theirs, 12) == 12)
        close(ends[0])
        var status: Int32 = 0
        waitpid(child, &status, 0)
        #expect(ours != theirs && theirs != [UInt8](repeating: 0, count: 12))
    }
}
