import Glibc
import TestSupport
import Testing
import Wire

/// A data folder that is put back from a backup, with keys from everywhere.
@Suite("A backup that was put back", .serialized)
struct RestoredTests {
    private let house = House()

    enum Keyed: CaseIterable, Sendable { case file, passphrase, passphraseAlone }

    private func arguments(_ keyed: Keyed, _ data: String) -> [String] {
        let key: [String]
        switch keyed {
        case .file: key = ["--key-file", house.path + "/own.key"]
        case .passphrase:
            key = ["--key-passphrase-file", house.path + "/words", "--epochs", house.path + "/epochs/deep"]
        case .passphraseAlone: key = ["--key-passphrase-file", house.path + "/words"]
        }
        return ["--data", data, "--listen", "127.0.0.1:0", "--providers", house.path + "/providers"] + key
    }

    /// What the daemon says from its start to its end.
    private func life(_ keyed: Keyed, _ data: String) -> String {
        let daemon = Running("purserd", arguments(keyed, data))
        #expect(daemon.read(until: " info ready "), "\(daemon.errors)")
        while !daemon.errors.hasSuffix("\n") { daemon.read(until: "\n") }
        daemon.send(SIGTERM)
        #expect(daemon.wait() == 0)
        return daemon.errors
    }

    @Test("C91: an older copy of the whole data folder is noticed when it starts", arguments: Keyed.allCases)
    func noticed(_ keyed: Keyed) {
        Files.write(house.path + "/words", "a passphrase of the tests, long enough\n", mode: 0o600)
        let (data, backup) = (house.path + "/own", house.path + "/backup")
        let first = life(keyed, data)
        #expect(first.contains("will not be noticed") == (keyed == .passphraseAlone))
        #expect(Running("/bin/cp", ["-a", data, backup]).wait() == 0)
        #expect(!life(keyed, data).contains("restored"))
        #expect(!life(keyed, data).contains("restored"))
        #expect(Running("/bin/rm", ["-r", data]).wait() == 0)
        #expect(Running("/bin/cp", ["-a", backup, data]).wait() == 0)
        #expect(life(keyed, data).contains("the database is a restored one") == (keyed != .passphraseAlone))
    }
}
