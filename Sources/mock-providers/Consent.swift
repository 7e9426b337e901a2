import Glibc
import MockProviders
import Usage
import Wire

/// The pretended person: reads the provider's pages, fills in their forms and goes back to where they lead.
struct Consent {
    static let command = Command<PretendProviders.Run>(
        "consent", "answer a provider's pages as a person with a browser would", arguments: [Argument("URL")],
        options: [
            Option("--member", value: "NAME", "who signs in, by name or by member id (the first on the page)"),
            Option("--providers", value: "DIR", "whose `ca.pem` files are trusted (the usual folder)"),
            Option("--code", value: "CODE", "the code to enter, on a page for codes that has none in it"),
            Option("--deny", "say no instead of yes"),
            Option("--json", "print one JSON object: status, title, text"),
        ],
        text: [
            .paragraph(
                """
                Opens an authorization URL of a mock provider, signs in, allows, follows the redirect to the callback, \
                and prints what the page there says. Exits with 0 when the callback answered 2xx, else with 1.
                """),
            .paragraph(
                """
                The address of a page for device codes, or for logging out, works too: the code is entered, the member \
                logs out, and the provider's own last page is the end if it leads nowhere else.
                """),
        ],
        run: run)

    private enum Problem: Error {
        case words(String)
    }

    private let member: String?
    private let code: String?
    private let denies: Bool
    private let web: PersonalWeb

    @Sendable private static func run(_ line: Line) -> Never {
        guard let start = URI(line.arguments[0]) else { Terminal.misuse("that is no http URL") }
        let person = Consent(
            member: line.value("--member"), code: line.value("--code"), denies: line.has("--deny"),
            web: PersonalWeb(FolderFiles.authorities(line.value("--providers") ?? FolderFiles.usual())))
        do throws(Problem) {
            let end = try person.walk(from: start)
            let words = HTMLForm.words(of: String(decoding: end.body, as: UTF8.self))
            let (title, text) = (harmless(words.title), harmless(words.text))
            if line.has("--json") {
                Terminal.line(
                    (["status": .int(end.status), "title": .string(title), "text": .string(text)] as JSON).text)
            } else {
                Terminal.line(title.isEmpty ? text : "\(title)\n\(text)")
            }
            exit((200..<300).contains(end.status) ? 0 : 1)
        } catch {
            guard case .words(let words) = error else { Terminal.fail("it did not work") }
            Terminal.fail(words)
        }
    }

    /// From the first page to the answer of the callback: forms are sent, redirects followed, twelve steps at most.
    private func walk(from start: URI) throws(Problem) -> HTTPResponse {
        var here = start
        var hasDecided = false
        var hasAnswered = false
        var answer = try send(HTTPRequest("GET", here.target), to: here)
        for _ in 0..<12 {
            if (300..<400).contains(answer.status) {
                guard let next = answer.headers["Location"].flatMap({ here.resolving($0) }) else {
                    throw .words("a redirect from \(here.origin)\(here.path) leads nowhere")
                }
                here = next
                answer = try send(HTTPRequest("GET", here.target), to: here)
                continue
            }
            // Only the provider's own pages are filled in; the callback's page is the end.
            let page = String(decoding: answer.body, as: UTF8.self)
            guard here.origin == start.origin else { return answer }
            let asked = HTMLForm.forms(in: page).first { $0.method == "post" }
            // What is decided is brought back by a redirect, or by a form that leads there.
            let leadsOn = asked.flatMap { here.resolving($0.action) }.map { $0.origin != start.origin } ?? false
            if hasDecided, answer.status == 200, !leadsOn { return answer }
            // A page that asks for nothing more, such as after a logout, is the provider's last one.
            if hasAnswered, answer.status == 200, asked == nil { return answer }
            guard answer.status == 200, let form = asked else {
                let words = HTMLForm.words(of: page)
                throw .words("the provider's page says: \(Self.harmless(words.text))")
            }
            guard let target = here.resolving(form.action) else { throw .words("a form leads nowhere") }
            here = target
            hasAnswered = true
            hasDecided = form.inputs.contains { $0.name == "decision" }
            let request = HTTPRequest(
                "POST", target.target, headers: ["Content-Type": "application/x-www-form-urlencoded"],
                body: Array(Form(try filled(form)).encoded.utf8))
            answer = try send(request, to: target)
        }
        throw .words("it goes round and round; the last page was at \(here.origin)\(here.path)")
    }

    /// What a browser would send: hidden values, the chosen radio button, the one button that is pressed.
    private func filled(_ form: HTMLForm) throws(Problem) -> [(String, String)] {
        var fields = form.inputs.filter { $0.type == "hidden" }.map { ($0.name, $0.value) }
        fields += form.inputs.filter { $0.type == "text" }.map { ($0.name, $0.value.isEmpty ? code ?? "" : $0.value) }
        let radios = form.inputs.filter { $0.type == "radio" }
        if !radios.isEmpty {
            let chosen = try choose(radios)
            fields.append((chosen.name, chosen.value))
        }
        let buttons = form.inputs.filter { $0.type == "submit" }
        let wanted = denies ? "deny" : "allow"
        if let button = buttons.first(where: { $0.value == wanted }) ?? buttons.first, !button.name.isEmpty {
            fields.append((button.name, button.value))
        }
        return fields
    }

    private func choose(_ radios: [HTMLForm.Input]) throws(Problem) -> HTMLForm.Input {
        guard let member else { return radios[0] }
        let name = member.lowercased()
        if let exact = radios.first(where: { $0.label.lowercased() == name || $0.value.lowercased() == name }) {
            return exact
        }
        let partly = radios.filter { $0.label.lowercased().contains(name) }
        guard partly.count == 1 else {
            let known = radios.prefix(10).map(\.label).joined(separator: ", ")
            throw .words("\(partly.isEmpty ? "nobody" : "more than one") here is called \(member); there are \(known)")
        }
        return partly[0]
    }

    private func send(_ request: HTTPRequest, to uri: URI) throws(Problem) -> HTTPResponse {
        guard uri.isLoopback else {
            throw .words("\(uri.origin) is not on this machine; the pretended person stays here")
        }
        do { return try web.send(request, to: uri) } catch { throw .words("\(uri.origin)\(uri.path): \(error)") }
    }

    /// Fit for a terminal: no control characters.
    private static func harmless(_ text: String) -> String {
        String(
            String.UnicodeScalarView(text.unicodeScalars.filter { $0.value >= 32 && !(127..<160).contains($0.value) }))
    }
}
