import CLinux
import Glibc
import TestSupport
import Testing
import Wire

/// How the daemon is reached over TCP: TLS, a public address, and what is refused.
@Suite("Reach")
struct ReachTests {
    /// A program of the system's, run to its end.
    private func run(_ words: String...) -> (code: Int32, output: String) {
        let running = Running("/usr/bin/" + words[0], Array(words.dropFirst()))
        return (running.wait(), running.output)
    }

    /// A certificate of its own for 127.0.0.1 and localhost, in this folder.
    private func certificate(_ folder: String, _ name: String, key: String = "ec") -> (path: String, key: String) {
        let (path, keyPath) = ("\(folder)/\(name).pem", "\(folder)/\(name).key")
        let kind = key == "rsa" ? ["rsa:2048"] : ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        let words =
            ["req", "-x509", "-newkey"] + kind + [
                "-nodes", "-days", "2", "-subj", "/CN=purser test", "-addext",
                "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", keyPath, "-out", path,
            ]
        let running = Running("/usr/bin/openssl", words)
        precondition(running.wait() == 0, "openssl makes no certificate: \(running.errors)")
        chmod(keyPath, 0o600)
        return (path, keyPath)
    }

    @Test(
        "over TLS: certificate checked by the client, token, callback and redirect URI all on https",
        arguments: ["ec", "rsa"])
    func tls(_ kind: String) {
        let house = House()
        let files = certificate(house.path, "tls", key: kind)
        house.start(["--tls-cert", files.path, "--tls-key", files.key])
        let base = "https://127.0.0.1:\(house.daemonPort)"
        #expect(house.purser("status", "--json").json["listen"]?.string == base)
        let token = house.purser("token", "new", "--scope", "balances:read").output.split(separator: "\n")[0]
        let header = house.path + "/header"
        Files.write(header, "Authorization: Bearer \(token)\n")
        func curl(_ more: String...) -> (code: Int32, output: String) {
            let running = Running("/usr/bin/curl", ["-s", "--max-time", "20"] + more)
            return (running.wait(), running.output)
        }
        let accounts = curl("--cacert", files.path, "-H", "@" + header, base + "/v1/accounts")
        #expect(accounts.code == 0 && accounts.output.hasPrefix(#"{"version":"#))
        #expect(curl("--cacert", files.path, base + "/healthz").output == "ok\n")
        // Whoever does not know the certificate goes no further.
        #expect(curl(base + "/healthz").code == 60)
        #expect(
            curl("--cacert", files.path, "--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0", base + "/healthz").code
                != 0)
        #expect(curl("--cacert", files.path, "--tlsv1.2", "--tls-max", "1.2", base + "/healthz").output == "ok\n")
        let linking = Running(
            "purser", ["link", "skyways", "--no-browser"], environment: ["PURSER_SOCKET": house.socket])
        #expect(linking.read(until: "http://"))
        while !linking.output.hasSuffix("\n") { linking.read(until: "\n") }
        let address = linking.output.split(separator: "\n").first { $0.hasPrefix("http") }.map(String.init) ?? ""
        let query = URI(address)?.query.flatMap { Form(parsing: $0) }
        #expect(query?["redirect_uri"] == base + "/callback/skyways")
        let answer = Form([
            ("error", "access_denied"), ("state", query?["state"] ?? ""), ("iss", "http://127.0.0.1:\(house.mockPort)"),
        ])
        let page = curl("--cacert", files.path, base + "/callback/skyways?" + answer.encoded)
        #expect(page.output.contains("You said no"))
        #expect(linking.wait() == 1)
    }

    @Test("what is no TLS on the TLS port gets no answer, holds up nobody, and the daemon goes on")
    func garbage() async {
        let house = House()
        let files = certificate(house.path, "tls")
        house.start(["--tls-cert", files.path, "--tls-key", files.key])
        let port = house.daemonPort
        for text in ["GET / HTTP/1.0\r\n\r\n", "\0\0\0\0", String(repeating: "\u{16}", count: 5000), "x"] {
            let answer = await beside {
                guard let raw = RawConnection(port: port) else { return "no connection" }
                raw.send(text)
                raw.shutdownWriting()
                return raw.readToEnd()
            }
            #expect(!answer.contains("HTTP/"), "\(answer)")
        }
        var silent: [RawConnection] = []
        for _ in 0..<300 { if let raw = RawConnection(port: port) { silent.append(raw) } }
        let asked = run("curl", "-s", "--max-time", "8", "--cacert", files.path, "https://127.0.0.1:\(port)/healthz")
        #expect(asked.output == "ok\n")
        #expect(house.purser("status").code == 0)
        #expect(silent.count == 300)
    }

    @Test(
        "a certificate or key that is of no use ends the start with the reason, before anything is made or listens",
        arguments: [
            "missing", "missing key", "garbled", "garbled key", "strangers", "readable", "encrypted", "swapped",
        ])
    func unfit(_ kind: String) {
        let house = House()
        let good = certificate(house.path, "good")
        var files = good
        var words = ""
        switch kind {
        case "missing": (files.path, words) = (house.path + "/none.pem", "no such file")
        case "missing key": (files.key, words) = (house.path + "/none.key", "no such file")
        case "garbled":
            Files.write(good.path, "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n")
            words = "no certificate in PEM form"
        case "garbled key":
            Files.write(good.key, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
            words = "no private key in PEM form"
        case "strangers": (files.key, words) = (certificate(house.path, "other").key, "is not that of the certificate")
        case "readable":
            chmod(good.key, 0o644)
            words = "chmod 600"
        case "encrypted":
            let locked = house.path + "/locked.key"
            #expect(run("openssl", "pkcs8", "-topk8", "-in", good.key, "-out", locked, "-passout", "pass:x").code == 0)
            chmod(locked, 0o600)
            (files.key, words) = (locked, "encrypted")
        default: (files, words) = ((good.key, good.path), "can be read or changed by others")
        }
        chmod(good.path, 0o644)
        let arguments = ["--tls-cert", files.path, "--tls-key", files.key]
        let refused = house.run("purserd", house.daemonArguments(arguments))
        #expect(refused.code == 1)
        #expect(refused.errors.contains(words), "\(refused.errors)")
        #expect(access(house.data, F_OK) != 0 && access(house.key, F_OK) != 0)
        let check = house.run("purserd", ["check"] + house.daemonArguments(arguments))
        #expect(check.code == 1 && check.output.contains(words))
    }

    @Test(
        "what would send codes and tokens in clear, or leads nowhere, is not started",
        arguments: [
            (["--listen", "0.0.0.0:0"], 1, "--public-url"), (["--listen", "[::]:0"], 1, "loopback"),
            (["--listen", "0.0.0.0:0", "TLS"], 1, "none to come back to"),
            (["--listen", "[::]:0", "TLS"], 1, "none to come back to"), (["--tls-cert", "/x"], 2, "--tls-key"),
            (["--tls-key", "/x"], 2, "--tls-cert"), (["--public-url", "http://purser.example"], 2, "https"),
            (["--public-url", "https://purser.example/wallet"], 2, "https"),
            (["--public-url", "https://ada@purser.example"], 2, "https"),
            (["--public-url", "https://purser.example?x"], 2, "https"),
            (["--public-url", "purser.example"], 2, "https"),
            (["--listen", "purser.example:7878"], 2, "in numbers"),
        ] as [([String], Int32, String)])
    func refused(_ words: [String], _ code: Int32, _ reason: String) {
        let house = House()
        var words = words
        if words.last == "TLS" {
            let files = certificate(house.path, "tls")
            words = words.dropLast() + ["--tls-cert", files.path, "--tls-key", files.key]
        }
        let refused = house.run("purserd", house.daemonArguments(words))
        #expect(refused.code == code)
        #expect(refused.errors.contains(reason), "\(refused.errors)")
        #expect(access(house.data, F_OK) != 0)
    }

    @Test("C30: behind a proxy: redirect URIs, status and Host go by the public address; other names get nothing")
    func proxy() {
        let house = House()
        house.start(["--listen", "0.0.0.0:0", "--public-url", "https://purser.example/"])
        let port = house.daemonPort
        let status = house.purser("status")
        #expect(status.output.contains("reached   https://purser.example\n"))
        for (host, code) in [
            ("purser.example", 200), ("purser.example:443", 200), ("evil.example", 421), ("127.0.0.1:\(port)", 200),
        ] { #expect(house.ask(port, "GET", "/healthz", headers: ["Host": host])?.status == code, "\(host)") }
        let document = house.ask(port, "GET", "/openapi.json", headers: ["Host": "purser.example"])
        let json = (try? JSON.parse(document?.body ?? [], limits: .file)) ?? .null
        #expect(json["servers"]?[0]?["url"]?.string == "https://purser.example")
        let linking = Running(
            "purser", ["link", "skyways", "--no-browser"], environment: ["PURSER_SOCKET": house.socket])
        #expect(linking.read(until: "redirect_uri=https%3A%2F%2Fpurser.example%2Fcallback%2Fskyways"))
        linking.send(SIGKILL)
        _ = linking.wait()
    }

    @Test(
        "RFC 9728: our metadata are where our address says; an address with a path or a query is none of ours",
        .enabled(if: Vectors.arePresent, "the test vectors are missing"))
    func protectedResource() throws {
        let rows = try #require(try Vectors.json("rfc/well-known-urls.json")["protected_resource"]?.array)
        var taken: [String] = []
        for row in rows {
            let (resource, place) = (try #require(row[0]?.string), try #require(row[1]?.string.flatMap { URI($0) }))
            let house = House()
            if resource.contains("/api") {
                let refused = house.run("purserd", house.daemonArguments(["--public-url", resource]))
                #expect(refused.code == 2 && refused.errors.contains("--public-url"), "\(resource)")
                continue
            }
            house.start(["--public-url", resource])
            let headers: HTTPHeaders = ["Host": "rs.example"]
            let absent = house.ask(house.daemonPort, "GET", "/v1/accounts", headers: headers)
            let challenge = absent?.headers["WWW-Authenticate"] ?? ""
            #expect(challenge.contains("resource_metadata=\"\(place.text)\""), "\(resource): \(challenge)")
            let told = house.ask(house.daemonPort, "GET", place.path, headers: headers)
            #expect((try JSON.parse(told?.body ?? []))["resource"] == "https://rs.example", "\(resource)")
            taken.append(resource)
        }
        #expect(rows.count == 5 && taken == ["https://rs.example", "https://rs.example/"])
    }

    @Test("connections that only hold places keep neither a callback nor the socket waiting")
    func crowd() async {
        let house = House()
        house.start()
        let port = house.daemonPort
        let page = await beside { () -> String in
            var held: [RawConnection] = []
            for number in 0..<400 {
                guard let raw = RawConnection(port: port) else { return "no connection" }
                raw.send(number % 2 == 0 ? "" : "GET /callback/skyways HTTP/1.1\r\nHost: x\r\nX-Slow: ")
                held.append(raw)
            }
            guard let browser = RawConnection(port: port) else { return "no connection" }
            browser.send(
                "GET /callback/skyways?state=x&code=y HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n\r\n")
            let answer = browser.readToEnd()
            return held.count == 400 ? answer : "not held"
        }
        #expect(page.contains("Nothing was linked"))
        #expect(house.purser("status").code == 0)
    }
}
