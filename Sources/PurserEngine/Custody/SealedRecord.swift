import Crypto

// A sealed record, as every ciphertext at rest:
//
//     version 1 ‖ algorithm 1 ‖ key epoch (u32, big-endian) ‖ data key id (u32) ‖ nonce 12 ‖ ciphertext ‖ tag 16
//
// Algorithm 1 is AES-256-GCM under the named data key. The associated data names the place the record stands in
// (`SealedPlace`), so that a record moved to another row, column, wallet or database no longer opens. An unknown
// version, algorithm or key is an error; other keys are never tried.
//
// The epoch is the one that wrapped the data key when the record was sealed. It is not what the record opens by: the key
// is wrapped again when epochs are rotated, and its records stay as they are. It is bound like all the rest: as
// associated data, but for epoch 1, of which there is none (records older than the first rotation have it so).

/// A sealed record taken apart; nothing in it is trusted until it has been opened.
struct SealedRecord {
    static let version: UInt8 = 1
    static let aes256gcm: UInt8 = 1
    static let headerCount = 2 + 4 + 4 + AEAD.nonceCount

    let epoch: UInt32
    let dataKey: UInt32
    let nonce: [UInt8]
    let body: [UInt8]

    init(epoch: UInt32, dataKey: UInt32, nonce: [UInt8], body: [UInt8]) {
        self.epoch = epoch
        self.dataKey = dataKey
        self.nonce = nonce
        self.body = body
    }

    /// Nil unless the bytes have the form above with a version and algorithm this build knows.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= Self.headerCount + AEAD.tagCount, bytes[0] == Self.version, bytes[1] == Self.aes256gcm
        else { return nil }
        epoch = Self.number(bytes[2..<6])
        dataKey = Self.number(bytes[6..<10])
        nonce = Array(bytes[10..<Self.headerCount])
        body = Array(bytes[Self.headerCount...])
    }

    var bytes: [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(Self.headerCount + body.count)
        out.append(Self.version)
        out.append(Self.aes256gcm)
        out += Self.bytes(epoch)
        out += Self.bytes(dataKey)
        out += nonce
        out += body
        return out
    }

    static func bytes(_ number: UInt32) -> [UInt8] {
        [UInt8(number >> 24), UInt8(number >> 16 & 0xff), UInt8(number >> 8 & 0xff), UInt8(number & 0xff)]
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }
}

/// Where a sealed record stands: all of it is associated data, each part with its length before it.
struct SealedPlace {
    let wallet: WalletID
    let link: LinkID
    /// Table and column of the record.
    let table: String
    let column: String
    let issuer: String
    let clientID: String
    /// The row's version: the generation for tokens, the fence for raw answers, 0 where there is one row only.
    let version: Int64

    func associatedData(storeID: String, dataKey: UInt32, epoch: UInt32) -> [UInt8] {
        let parts = [
            "purser/v1", storeID, wallet.rawValue, table, link.rawValue, column, issuer, clientID, String(dataKey),
            String(version),
        ]
        return Self.joined(epoch == 1 ? parts : parts + [String(epoch)])
    }

    /// Parts with their lengths: no two different lists give the same bytes.
    static func joined(_ parts: [String]) -> [UInt8] {
        var out: [UInt8] = []
        for part in parts {
            out += SealedRecord.bytes(UInt32(part.utf8.count))
            out += Array(part.utf8)
        }
        return out
    }
}
