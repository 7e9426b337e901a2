import CLinux
import Glibc
import HTTPServer
import MockProviders
import Threads
import Wire

/// Every provider of a folder, served until a signal ends it.
struct Serving {
    let providers: String
    let copies: String?
    let firstPort: Int?
    let people: Int
    let seed: UInt64
    /// What all of them do that no good provider would, save the honest one; nil: nothing.
    let scenario: Scenario?

    func run() -> Never {
        // Blocked before any thread starts, so that every thread inherits it and only `sigwait` sees them.
        var ending = sigset_t()
        sigemptyset(&ending)
        sigaddset(&ending, SIGTERM)
        sigaddset(&ending, SIGINT)
        pthread_sigmask(SIG_BLOCK, &ending, nil)
        signal(SIGPIPE, SIG_IGN)
        let servers: [HTTPServer]
        do {
            servers = try start()
        } catch {
            Terminal.fail("\(error)")
        }
        var received: Int32 = 0
        repeat {} while sigwait(&ending, &received) != 0
        for server in servers { server.stop() }
        exit(0)
    }

    private func start() throws -> [HTTPServer] {
        let folders = try FolderFiles.load(providers, as: scenario)
        guard !folders.isEmpty else { throw FolderFiles.Problem(providers, "no folder in it has a mock/") }
        var servers: [HTTPServer] = []
        var lines: [String] = []
        if let copies { try FolderFiles.copySchema(from: providers, to: copies) }
        for (index, folder) in folders.enumerated() {
            let port = firstPort.map { $0 == 0 ? 0 : $0 + index } ?? folder.port
            let listener = try HTTPServer.listen(tcp: "127.0.0.1", port: port)
            let tls = try FolderFiles.tls(folder, from: providers)
            let origin = "\(tls == nil ? "http" : "https")://127.0.0.1:\(listener.port)"
            if let copies { try FolderFiles.copy(folder, from: providers, to: copies, origin: origin) }
            servers.append(try serve(folder, listener, origin, tls))
            lines.append("\(folder.name) \(origin)")
            if copies == nil, listener.port != folder.port {
                Terminal.complain(
                    "\(folder.name)'s manifest names port \(folder.port); --write-providers makes one that fits")
            }
        }
        for line in lines { Terminal.line(line) }
        return servers
    }

    private func serve(_ folder: MockFolder, _ listener: Listener, _ origin: String, _ tls: TLSIdentity?) throws
        -> HTTPServer
    {
        var twisted = MockProvider(
            folder: folder, issuer: folder.issuer(at: origin), epoch: folder.dayZero, people: people, seed: seed)
        let isHonest = folder.name == Crossing.honestName
        for fault in isHonest ? [] : scenario?.faults ?? [] { try twisted.addFault(fault) }
        let provider = Lock(twisted)
        var configuration = HTTPServer.Configuration(listener)
        configuration.bodyBytes = 1 << 20
        configuration.connections = 1024
        configuration.tls = tls
        // All is answered at once, on the server's thread; nothing is left to be spawned.
        return try HTTPServer(
            configuration, spawn: { _ in },
            quick: { incoming in
                let answer = provider.withLock { provider in
                    provider.answer(
                        incoming.request, certificate: incoming.certificate.map(MockProvider.thumbprint),
                        now: Instant(milliseconds: clinux_now_milliseconds()), draw: Self.draw)
                }
                for call in answer.logoutCalls { LogoutCalls.send(call, from: folder.name) }
                return Answer(
                    answer.response, delayMilliseconds: answer.delayMilliseconds, cutAfterBytes: answer.cutAfterBytes,
                    dripMilliseconds: answer.dripMilliseconds)
            },
            answer: { _ in Answer(.text("nothing is left to answer\n", status: 500)) })
    }

    private static func draw(_ count: Int) -> [UInt8] {
        var source = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8(truncatingIfNeeded: source.next()) }
    }
}
