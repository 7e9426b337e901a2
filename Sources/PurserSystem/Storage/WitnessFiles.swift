import CLinux
import Glibc
public import PurserEngine

/// The store's epoch beside the database, and once more beside the key: whoever puts an old database back, alone or with
/// all of its folder, is told from one that went on.
public struct WitnessFiles: EpochWitness {
    private let paths: [String]
    private static let mostBytes = 4096

    /// - Parameter paths: the one beside the database first. A folder of a further one may refuse it.
    public init(_ paths: [String]) { self.paths = paths }

    /// What all of them know together, as far as they are there: a database must be known to each.
    public func epochs() throws(EscrowError) -> [String]? {
        var known: [String]?
        for path in paths {
            let bytes: [UInt8]
            do { bytes = try FileSystem.read(path, limit: Self.mostBytes) } catch {
                if error.number == ENOENT { continue }
                throw EscrowError("\(error)")
            }
            let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
            known = known.map { before in before.filter(lines.contains) } ?? lines
        }
        return known
    }

    public func keep(_ epochs: [String]) throws(EscrowError) {
        let text = epochs.map { $0 + "\n" }.joined()
        for (place, path) in paths.enumerated() {
            do throws(FileError) { try FileSystem.replace(path, with: Array(text.utf8)) } catch {
                // One that was never there need not be; one that is there must not fall behind.
                if place == 0 || FileSystem.exists(path) { throw EscrowError("\(error)") }
            }
        }
    }
}
