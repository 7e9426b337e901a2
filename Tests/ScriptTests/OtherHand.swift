import Testing
import Wire

extension House {
    /// Another hand at the database, while the daemon is away.
    func change(_ sql: String) {
        let script = "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()"
        let other = Running("/usr/bin/python3", ["-c", script, data + "/purser.db", sql])
        #expect(other.wait() == 0, "\(other.errors)")
    }

    /// What a query finds in the database: the bytes of one column.
    func blobs(_ sql: String) -> [[UInt8]] {
        let script =
            "import sqlite3,sys; [print(row[0].hex()) for row in sqlite3.connect(sys.argv[1]).execute(sys.argv[2])]"
        let other = Running("/usr/bin/python3", ["-c", script, data + "/purser.db", sql])
        #expect(other.wait() == 0, "\(other.errors)")
        return other.output.split(separator: "\n").compactMap { Hex.decode(String($0)) }
    }

    /// How often an endpoint of the first pretend provider was called.
    func calls(_ endpoint: String) -> Int {
        let body = ask(mockPort, "GET", "/_mock/ledger")?.body ?? []
        return (try? JSON.parse(body, limits: .file))?["requests"]?[endpoint]?.int ?? 0
    }
}
