import CLinux
import Glibc
import Testing
import Wire

/// Registrations, renewals and rest, as a person does them.
@Suite("Client registrations, relink, pause and resume")
struct RegistrationTests {
    private let house = House()

    /// A port that was free a moment ago.
    private static func freePort() -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        return bound(descriptor, 0) ?? 0
    }

    /// Binds to a loopback port; the real one.
    private static func bound(_ descriptor: Int32, _ port: Int) -> Int? {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        inet_pton(AF_INET, "127.0.0.1", &address.sin_addr)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let outcome = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, size) == 0 && getsockname(descriptor, pointer, &size) == 0
            }
        }
        return outcome ? Int(in_port_t(bigEndian: address.sin_port)) : nil
    }

    private func set(_ more: String..., id: String = "purser-portal") -> Transcript {
        house.run("purser", ["client", "set", "skyways", "--client-id", id] + more)
    }

    private var links: [JSON] { house.purser("links", "--json").json["links"]?.array ?? [] }
    private var shown: JSON { house.purser("client", "show", "skyways", "--json").json }

    @Test("a registration is shown, replaces the preset, and goes again; a secret is nowhere")
    func shows() {
        house.start()
        #expect(shown["source"]?.string == "folder" && shown["clientId"]?.string == "purser")
        #expect(shown["redirectUri"]?.string == "http://127.0.0.1:\(house.daemonPort)/callback/skyways")
        #expect(shown["listens"]?.string == "daemon")
        let set = set("--redirect-uri", "https://wallet.example/oauth/skyways", "--scope", "openid")
        #expect(set.code == 0)
        #expect(set.output == "skyways: client purser-portal is registered\n")
        #expect(set.errors.contains("https://wallet.example/oauth/skyways") && set.errors.contains("pass requests on"))
        #expect(shown["source"]?.string == "registered" && shown["listens"]?.string == "nobody")
        #expect(shown["scopes"]?.array == ["openid"])
        let removed = house.purser("client", "remove", "skyways")
        #expect(removed.code == 0 && removed.output.contains("client purser counts now"))
        #expect(shown["source"]?.string == "folder")
        let again = house.purser("client", "remove", "skyways")
        #expect(again.code == 1 && again.errors.contains("no client was registered here"))
    }

    @Test("what cannot be registered is refused in words, and nothing changes")
    func refuses() {
        house.start()
        #expect(set("--redirect-uri", "cb").errors.contains("redirect URI"))
        #expect(set("--scope", "loyalty.read").errors.contains("openid"))
        #expect(set("--client-secret-file", house.path + "/none").errors.contains("no such file"))
        #expect(set("--client-secret-file", house.path).errors.contains("is not a file"))
        Files.write(house.path + "/secret", "hush-hush-canary\n")
        let secret = set("--client-secret-file", house.path + "/secret")
        #expect(secret.code == 1 && secret.errors.contains("takes no client secret"))
        Files.write(house.path + "/empty", "\n")
        #expect(set("--client-secret-file", house.path + "/empty").errors.contains("no client secret in it"))
        Files.write(house.path + "/long", String(repeating: "x", count: 5000))
        #expect(set("--client-secret-file", house.path + "/long").errors.contains("longer than"))
        let nobody = house.purser("client", "set", "hogwarts", "--client-id", "x")
        #expect(nobody.code == 1 && nobody.errors.contains("no provider has that name"))
        #expect(shown["source"]?.string == "folder")
        house.stop()
        #expect(!house.everything.contains("hush-hush-canary"))
    }

    @Test("another client under a live link: suspended with a question, nothing sent, and relink goes on under it")
    func underALiveLink() {
        house.start()
        #expect(house.link().link.code == 0)
        let id = links[0]["id"]?.string ?? ""
        let accounts = house.purser("balances", "--json").json["accounts"]?.array?.compactMap { $0["id"]?.string }
        #expect(set().errors.contains("1 link suspended"))
        let listed = house.purser("links")
        #expect(listed.output.contains("suspended, a question for you"))
        #expect(listed.errors.contains("purser relink \(id)") && listed.errors.contains("purser resume \(id)"))
        #expect(house.purser("sync", "skyways").code == 1)
        let resumed = house.purser("resume", id)
        #expect(resumed.code == 1 && resumed.errors.contains("still differ"))
        let relinked = house.consent(to: ["relink", "skyways"], "Ada Lindqvist").link
        #expect(relinked.code == 0, "\(relinked)")
        #expect(links[0]["state"]?.string == "active" && links[0]["id"]?.string == id)
        #expect(house.purser("balances", "--json").json["accounts"]?.array?.compactMap { $0["id"]?.string } == accounts)
        // Back under the old client: a question again, and unlinking still revokes.
        #expect(house.purser("client", "remove", "skyways").errors.contains("1 link suspended"))
        #expect(set().code == 0)
        #expect(house.purser("resume", id).code == 0)
        #expect(house.purser("unlink", id).output.contains("the provider confirms"))
    }

    @Test(
        "C39: a redirect URI on another port: listened to only while a link waits, and for nothing else",
        .timeLimit(.minutes(2)))
    func door() {
        house.start()
        let port = Self.freePort()
        #expect(set("--redirect-uri", "http://127.0.0.1:\(port)/oauth/skyways").errors.contains("while a link waits"))
        #expect(house.ask(port, "GET", "/") == nil)
        let waiting = Running(
            "purser", ["link", "skyways", "--no-browser"], environment: ["PURSER_SOCKET": house.socket])
        waiting.read(until: "http://")
        for target in ["/", "/v1/status", "/healthz", "/openapi.json", "/callback/skyways?state=x&code=y"] {
            #expect(house.ask(port, "GET", target)?.status == 404, "\(target)")
        }
        let forged = house.ask(port, "GET", "/oauth/skyways?state=x&code=y", headers: ["Host": "127.0.0.1:\(port)"])
        #expect(forged?.status == 400)
        let rebound = house.ask(port, "GET", "/oauth/skyways?state=x", headers: ["Host": "evil.example:\(port)"])
        #expect(rebound?.status == 404)
        // The daemon stops and starts meanwhile: the door is open again, and the person can come back.
        while !waiting.output.hasSuffix("\n") { waiting.read(until: "\n") }
        let address = waiting.output.split(separator: "\n").first { $0.hasPrefix("http") }.map(String.init) ?? ""
        #expect(house.stop() == 0)
        #expect(house.ask(port, "GET", "/") == nil)
        house.start()
        #expect(house.ask(port, "GET", "/")?.status == 404)
        let person = house.run("mock-providers", ["consent", address, "--member", "Ada Lindqvist"])
        #expect(person.code == 0, "\(person)")
        #expect(links.first?["state"]?.string == "active")
        // At the daemon's own address nobody waits for this provider any more.
        let own = house.ask(
            house.daemonPort, "GET", "/callback/skyways?state=x", headers: ["Host": "127.0.0.1:\(house.daemonPort)"])
        #expect(own?.status == 400)
        #expect(house.purser("sync", "--wait").code == 0)
        #expect(house.ask(port, "GET", "/") == nil)
    }

    @Test("C39: a machine that knows itself by IPv6 only: the browser comes back there", .enabled(if: hasIPv6))
    func onlyIPv6() {
        house.start(["--listen", "[::1]:0"])
        #expect(house.purser("status", "--json").json["listen"]?.string?.hasPrefix("http://[::1]:") == true)
        #expect(house.ask(house.daemonPort, "GET", "/healthz") == nil)
        let linked = house.link()
        #expect(linked.link.code == 0 && linked.link.output.contains("4402917765001234"))
        #expect(links.first?["state"]?.string == "active")
    }

    private static let hasIPv6: Bool = {
        let descriptor = socket(AF_INET6, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_addr = in6addr_loopback
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in6>.size)) == 0
            }
        }
    }()

    @Test("C39: a port that somebody else has: the link is refused with the reason, and nothing is saved")
    func portTaken() {
        house.start()
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        let port = Self.bound(descriptor, 0) ?? 0
        #expect(listen(descriptor, 1) == 0)
        #expect(set("--redirect-uri", "http://127.0.0.1:\(port)/oauth/skyways").code == 0)
        let refused = house.purser("link", "skyways", "--no-browser")
        #expect(refused.code == 1)
        #expect(refused.errors.contains("port \(port) is taken") && refused.errors.contains("nothing was saved"))
        #expect(links.isEmpty)
    }

    @Test("pause and resume, by name and by id; another member at a renewal is a question")
    func rests() {
        house.start()
        #expect(house.link().link.code == 0)
        let id = links[0]["id"]?.string ?? ""
        #expect(house.purser("pause", "skyways").output == "skyways (\(id)): paused\n")
        #expect(house.purser("pause", id).code == 0)
        let paused = house.purser("sync", "skyways")
        #expect(paused.code == 1 && paused.errors.contains("paused"))
        #expect(house.purser("balances").output.contains("4402917765001234"))
        #expect(house.purser("resume", id, "--json").json["links"]?[0]?["state"]?.string == "active")
        let other = house.consent(to: ["relink", id], "Bruno Okafor").link
        #expect(other.code == 1)
        #expect(other.errors.contains("another member gave it") && other.errors.contains("to keep both: purser resume"))
        let new = links.first { $0["state"]?.string == "suspended" }?["id"]?.string ?? ""
        #expect(house.purser("balances", "--json").json["accounts"]?.array?.count == 2)
        #expect(house.purser("unlink", new).output.contains("the provider confirms"))
        #expect(links.count == 1 && links[0]["state"]?.string == "active")
        let denied = house.consent(to: ["relink", id], "Ada Lindqvist", deny: true).link
        #expect(denied.code == 1 && links[0]["state"]?.string == "active")
        for command in ["pause", "resume", "relink"] {
            #expect(house.purser(command, "lnk_nobody").code == 1)
            #expect(house.purser(command).code == 2)
        }
    }
}
