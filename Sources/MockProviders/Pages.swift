internal import Crypto
internal import Wire

/// The pages a person sees at a pretended provider. They work without script, with a keyboard and in a text browser.
struct Pages: Sendable {
    let title: String
    let action: String
    let scopes: [(name: String, words: String)]
    /// Where the page for device codes is.
    var verify = ""
    /// Where the page for logging out is.
    var logout = ""

    static let over = "This page was used already, or it is too old. Go back to where you came from."
    static let choose = "Choose who you are."

    func signIn(_ visit: Visit, ticket: String, people: [Person], hint: String? = nil) -> HTTPResponse {
        who(
            "Sign in to \(title)", "Sign in to \(title)",
            """
            \(visit.client.title) wants to connect. This is a pretended provider: nobody here is
            real, so there is no password; just say who you are.
            """, ticket: ticket, people: people, hint: hint, to: action, button: "Sign in")
    }

    /// The page that ends a session: this provider remembers nobody's, so it asks whose.
    func logOut(ticket: String, people: [Person], hint: String? = nil) -> HTTPResponse {
        who(
            "Log out of \(title)", "Log out of \(title)?",
            "This is a pretended provider: just say who you are. Applications that you are signed in to are told.",
            ticket: ticket, people: people, hint: hint, to: logout, button: "Log out")
    }

    /// A page that asks who somebody is.
    private func who(
        _ name: String, _ heading: String, _ words: String, ticket: String, people: [Person], hint: String?,
        to action: String, button: String
    ) -> HTTPResponse {
        page(
            name,
            """
            <h1>\(HTML.escaped(heading))</h1>
            <p>\(HTML.escaped(words))</p>
            \(hint.map { "<p role=\"alert\"><strong>\(HTML.escaped($0))</strong></p>" } ?? "")
            <form method="post" action="\(HTML.escaped(action))">
            <input type="hidden" name="ticket" value="\(HTML.escaped(ticket))">
            <fieldset><legend>Who are you?</legend>
            \(choices(people))
            </fieldset>
            <p><button type="submit">\(button)</button></p>
            </form>
            """)
    }

    private func choices(_ people: [Person]) -> String {
        let choices = people.enumerated().map { index, person in
            let id = "member-\(index)"
            let numbers = person.memberships.map { "•••• " + $0.number.suffix(4) }.joined(separator: ", ")
            return """
                <p><input type="radio" name="member" id="\(id)" value="\(HTML.escaped(person.subject))" required>
                <label for="\(id)">\(HTML.escaped(person.name))</label> <small>\(HTML.escaped(numbers))</small></p>
                """
        }
        return choices.joined(separator: "\n")
    }

    func loggedOut() -> HTTPResponse {
        page("You are logged out", "<h1>You are logged out</h1>\n<p>You can close this page.</p>")
    }

    func consent(_ visit: Visit, ticket: String, person: Person) -> HTTPResponse {
        let asked = visit.scopes.compactMap { name in scopes.first { $0.name == name } }.map { scope in
            "<li>\(HTML.escaped(scope.words)) <small>(<code>\(HTML.escaped(scope.name))</code>)</small></li>"
        }
        return page(
            "Allow \(visit.client.title)?",
            """
            <h1>Allow \(HTML.escaped(visit.client.title))?</h1>
            <p>You are signed in to \(HTML.escaped(title)) as <strong>\(HTML.escaped(person.name))</strong>.
            \(HTML.escaped(visit.client.title)) asks for permission to:</p>
            <ul>
            \(asked.joined(separator: "\n"))
            </ul>
            \(after(visit))
            <form method="post" action="\(HTML.escaped(action))">
            <input type="hidden" name="ticket" value="\(HTML.escaped(ticket))">
            <p><button type="submit" name="decision" value="allow">Allow</button>
            <button type="submit" name="decision" value="deny">Deny</button></p>
            </form>
            """)
    }

    private func after(_ visit: Visit) -> String {
        guard visit.deviceCode == nil else {
            return "<p>Allow it only if you see this code there and began it yourself.</p>"
        }
        return "<p>You go back to <code>\(HTML.escaped(visit.redirectURI))</code>.</p>"
    }

    /// The page that takes a user code (RFC 8628 3.3); `code` is in it already where the address had it.
    func enterCode(_ code: String, hint: String? = nil) -> HTTPResponse {
        page(
            "Connect a device",
            """
            <h1>Connect a device to \(HTML.escaped(title))</h1>
            <p>Enter the code that it shows. This is a pretended provider: nobody here is real.</p>
            \(hint.map { "<p role=\"alert\"><strong>\(HTML.escaped($0))</strong></p>" } ?? "")
            <form method="post" action="\(HTML.escaped(verify))">
            <p><label for="code">Code</label>
            <input type="text" name="user_code" id="code" value="\(HTML.escaped(code))" autocomplete="off" required></p>
            <p><button type="submit">Go on</button></p>
            </form>
            """)
    }

    /// The end of it: nobody is sent anywhere.
    func deviceAnswered(_ isAllowed: Bool) -> HTTPResponse {
        let words = isAllowed ? "The device is connected" : "The device was not connected"
        return page(
            words,
            """
            <h1>\(words)</h1>
            <p>You can close this page and go back to it.</p>
            """)
    }

    /// A request that cannot go on and must not send the person anywhere.
    func problem(_ words: String) -> HTTPResponse {
        page(
            "This cannot go on",
            """
            <h1>This cannot go on</h1>
            <p role="alert">\(HTML.escaped(words))</p>
            """, status: 400)
    }

    private static let sends = "document.forms[0].submit()"

    /// The page that has the browser post an authorization response (OAuth 2.0 Form Post Response Mode 2): by itself, or
    /// where no script runs by a button.
    func sendingBack(to target: URI, _ form: Form) -> HTTPResponse {
        let inputs = form.fields.map {
            "<input type=\"hidden\" name=\"\(HTML.escaped($0.name))\" value=\"\(HTML.escaped($0.value))\">"
        }
        var answer = page(
            "Back you go",
            """
            <h1>Back you go</h1>
            <form method="post" action="\(HTML.escaped(target.text))">
            \(inputs.joined(separator: "\n"))
            <noscript><p>One step is left: <button type="submit">Go back</button></p></noscript>
            </form>
            <script>\(Self.sends)</script>
            """)
        let script = Base64.encode(Hash.sha256(Array(Self.sends.utf8)))
        answer.headers["Content-Security-Policy"]? += "; script-src 'sha256-\(script)'; form-action \(target.origin)"
        return answer
    }

    private func page(_ heading: String, _ body: String, status: Int = 200) -> HTTPResponse {
        var answer = HTTPResponse.html(
            """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(HTML.escaped(heading))</title>
            <style>body{font:1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:2rem auto;padding:0 1rem}
            button{font:inherit;padding:.4rem 1rem}</style>
            </head>
            <body>
            <main>
            \(body)
            </main>
            </body>
            </html>

            """, status: status)
        answer.neverStored()
        answer.headers["Content-Security-Policy"] =
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
        answer.headers["Referrer-Policy"] = "no-referrer"
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer
    }
}
