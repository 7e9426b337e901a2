import Glibc
import HTTPClient
import Testing
import Wire

/// The hostile provider as programs of its own: the table, and what other clients can be tried on.
@Suite("The hostile provider")
struct AdversaryTests {
    private func table(_ arguments: String...) -> (code: Int32, output: String, errors: String) {
        let running = Running(
            "purser-conformance", ["--provider", Programs.root + "/conformance/suite"] + arguments)
        let code = running.wait()
        return (code, running.output, running.errors)
    }

    @Test("one module is played and told as a document")
    func json() throws {
        let played = table("--json", "--module", "oidcc-client-test-invalid-iss")
        #expect(played.code == 0 && played.errors.isEmpty)
        let json = try JSON.parse(Array(played.output.utf8))
        #expect(json["pass"] == 1 && json["fail"] == 0)
        let row = json["modules"]?[0]
        #expect(row?["module"] == "oidcc-client-test-invalid-iss" && row?["verdict"] == "pass")
        #expect(row?["expected"] == "stops at the ID token" && row?["seen"] == row?["expected"])
    }

    @Test("with the story all that happened stands above the row")
    func story() {
        let played = table("--module", "oidcc-client-test-discovery-issuer-mismatch")
        #expect(played.code == 0)
        #expect(played.output.contains("GET /.well-known/openid-configuration 200"))
        #expect(played.output.contains("stops at discovery | stops at discovery | pass"))
    }

    @Test("no provider, and a module that there is not, end with 2")
    func codes() {
        #expect(table("--module", "nonsense").code == 2)
        let nowhere = Running("purser-conformance", ["--provider", "/nowhere"])
        #expect(nowhere.wait() == 2 && nowhere.errors.contains("/nowhere is no folder"))
    }

    @Test("a module is served over HTTP to whoever asks")
    func served() throws {
        let serving = Running(
            "mock-providers",
            [
                "--providers", Programs.root + "/conformance", "--port", "0", "--module",
                "oidcc-client-test-discovery-issuer-mismatch",
            ])
        defer {
            serving.send(SIGTERM)
            #expect(serving.wait() == 0)
        }
        let line = try #require(serving.line(holding: "suite http://"))
        let port = try #require(line.split(separator: ":").last.flatMap { Int($0) })
        let answer = try HTTPClient(.tcp(host: "127.0.0.1", port: port)).send(
            HTTPRequest("GET", "/.well-known/openid-configuration"))
        let document = try JSON.parse(answer.body)
        #expect(document["issuer"] == "https://op.example/other")
        #expect(document["token_endpoint"] == .string("http://127.0.0.1:\(port)/token"))
    }
}
