import Glibc
import Testing
import Wire

/// What a careless or unfriendly hand does to the daemon and the command.
@Suite("Hostile hands")
struct HostileTests {
    @Test("a key file that is a pipe is refused at once, by a start and by a check", arguments: [[], ["check"]])
    func pipeForKey(_ command: [String]) {
        let house = House()
        mkdir(house.path + "/key", 0o700)
        #expect(mkfifo(house.key, 0o600) == 0)
        let refused = house.run("purserd", command + house.daemonArguments())
        #expect(refused.code == 1)
        #expect((refused.output + refused.errors).contains("is not a regular file"))
    }

    @Test("a pipe in a provider's folder keeps nobody waiting")
    func pipeForManifest() {
        let house = House()
        mkdir(house.path + "/providers/piped", 0o700)
        #expect(mkfifo(house.path + "/providers/piped/manifest.json", 0o600) == 0)
        let checked = house.run("purserd", ["check"] + house.daemonArguments())
        #expect(checked.code == 1)
        #expect(checked.output.contains("piped"))
    }

    @Test("a file where the data folder should be: said so, and no key is made")
    func fileForFolder() {
        let house = House()
        Files.write(house.data, "")
        let refused = house.run("purserd", house.daemonArguments())
        #expect(refused.code == 1)
        #expect(refused.errors.contains("the data folder cannot be made") && refused.errors.contains("not a directory"))
        #expect(access(house.key, F_OK) != 0)
    }

    @Test("output that cannot be written is no success")
    func fullOutput() {
        let full = Running("/bin/sh", ["-c", "\(Programs.folder)/purser --help >/dev/full"])
        #expect(full.wait() == 1)
        #expect(full.errors.contains("standard output cannot be written"))
    }

    @Test("help for a command that there is not ends with 2")
    func helpForNothing() {
        let running = Running("purser", ["help", "bogus"])
        #expect(running.wait() == 2)
        #expect(running.errors.contains("there is no command bogus"))
    }

    @Test("the first pull fails: the link is there, and nobody is told to link again or that values stay")
    func firstPullFails() {
        let house = House()
        house.start()
        house.fault([
            "match": ["endpoint": "api"], "times": 50, "replace": ["status": 500, "body": "boom"],
        ])
        let linked = house.link().link
        #expect(linked.code == 0)
        #expect(linked.errors.contains("HTTP 500") && linked.errors.contains("purser sync --wait"))
        #expect(!linked.errors.contains("last values stay") && !linked.errors.contains("to link a programme"))
    }

    @Test("links of one provider can be told apart by their members' numbers")
    func members() {
        let house = House()
        house.start()
        #expect(house.link("Ada Lindqvist").link.code == 0)
        #expect(house.link("Bruno Okafor").link.code == 0)
        let refused = house.purser("unlink", "skyways")
        #expect(refused.code == 2)
        #expect(refused.errors.contains("member 4402917765001234"))
        #expect(refused.errors.contains("member 9007199254740993 and 9007199254740995"))
    }

    @Test("a body in a coding nobody knows, whose end nobody could tell, is refused at once")
    func unknownCoding() {
        let house = House()
        house.start()
        let port = house.daemonPort
        let fields = "Host: 127.0.0.1:\(port)\r\nTransfer-Encoding: xchunked\r\n"
        #expect(Self.exchange(port, "GET /healthz HTTP/1.1\r\n\(fields)\r\n").hasPrefix("HTTP/1.1 400 "))
    }

    /// Sends bytes as they are and reads until the other end closes.
    private static func exchange(_ port: Int, _ text: String) -> String {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        inet_pton(AF_INET, "127.0.0.1", &address.sin_addr)
        let outcome = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        let bytes = Array(text.utf8)
        guard outcome == 0, write(descriptor, bytes, bytes.count) == bytes.count else { return "no connection" }
        var out: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(descriptor, &block, block.count)
            if count <= 0 { return String(decoding: out, as: UTF8.self) }
            out += block[0..<count]
        }
    }
}
