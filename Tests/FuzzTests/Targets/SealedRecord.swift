import Crypto
import Wire

@testable import PurserEngine

/// Bytes from the database or the escrow: nothing opens but what was sealed, where it was sealed.
enum SealedRecordTarget {
    /// The same bytes each time, so that what is sealed here stands in the corpus too.
    private struct Same: Randomness {
        func bytes(_ count: Int) -> [UInt8] { [UInt8](repeating: 3, count: count) }
        func secret(_ count: Int) -> Secret { Secret(copying: bytes(count)) }
    }

    private static let key = DataKey(
        id: 1, epoch: 2, key: Secret(copying: [UInt8](repeating: 9, count: 32)), storeID: "store", randomness: Same())

    private static func place(_ column: String) -> SealedPlace {
        SealedPlace(
            wallet: .first, link: LinkID(rawValue: "lnk_a"), table: "token_version", column: column,
            issuer: "https://as.example", clientID: "purser", version: 3)
    }

    static let genuine = try! key.seal(Secret("refresh me"), at: place("refresh"))

    static func run(_ bytes: [UInt8]) throws {
        try open(bytes)
        // A change of what was sealed, byte by byte: so that the fuzzer need not guess all the rest.
        var changed = genuine
        for (at, mask) in bytes.prefix(genuine.count).enumerated() { changed[at] ^= mask }
        try open(changed)
        try open(Array(genuine.dropLast(min(bytes.count, genuine.count))))
        if let text = String(validating: bytes, as: UTF8.self), let decoded = Base64URL.decode(text) {
            try open(decoded)
        }
        if let record = SealedRecord(bytes) { try demand(record.bytes == bytes, "a record is written otherwise") }
        if let escrowed = EscrowedAnswer(bytes) {
            try demand(EscrowedAnswer(escrowed.record) == escrowed, "an escrowed answer is kept as another")
        }
        _ = SignIn(Secret(copying: bytes))
        _ = DeviceAuthorization.Kept(Secret(copying: bytes))
    }

    private static func open(_ bytes: [UInt8]) throws {
        try demand(key.open(bytes, at: place("access")) == nil, "it opens in another column")
        let opened = key.open(bytes, at: place("refresh"))
        try demand((opened != nil) == (bytes == genuine), "what was not sealed opens, or what was does not")
        try demand(opened == nil || opened == Secret("refresh me"), "another secret comes out")
    }
}
