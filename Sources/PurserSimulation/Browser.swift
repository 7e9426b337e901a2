import MockProviders
import PurserEngine
import Wire

/// A person at the provider's pages, as a pure walk over forms: no socket, no time of its own.
struct Browser {
    let server: SimulatedServer

    /// What the provider sends the person back with in the end, by whichever way; nil when it never does.
    func consent(_ address: String, member: Int, allows: Bool, now: Instant) -> ArrivedResponse? {
        guard let answer = walk(address, member: member, allows: allows, now: now) else { return nil }
        if let location = answer.response.headers["Location"] {
            return URI(location)?.query.flatMap { Form(parsing: $0) }.map { ArrivedResponse($0) }
        }
        return Self.form(of: answer).map {
            ArrivedResponse(Form(Self.fields($0, member: member, allows: allows)), isPosted: true)
        }
    }

    /// What a callback's query says, whether it is signed or not.
    static func inside(_ query: Form) -> Form {
        let parts = query["response"]?.split(separator: ".", omittingEmptySubsequences: false) ?? []
        guard parts.count == 3, let payload = Base64URL.decode(String(parts[1])), let claims = try? JSON.parse(payload)
        else { return query }
        return Form(claims.object?.members.compactMap { claim in claim.value.string.map { (claim.name, $0) } } ?? [])
    }

    /// From page to page, until one of them leads elsewhere, by a redirect or by its form; nil when none does.
    func walk(_ address: String, member: Int, allows: Bool, now: Instant) -> MockAnswer? {
        guard let uri = URI(address) else { return nil }
        var answer = server.answer(HTTPRequest("GET", uri.target), now: now)
        for _ in 0..<4 {
            if answer.response.headers["Location"] != nil { return answer }
            guard let form = Self.form(of: answer), let action = uri.resolving(form.action) else { return nil }
            if action.origin != uri.origin { return answer }
            let body = Form(Self.fields(form, member: member, allows: allows)).encoded
            let request = HTTPRequest(
                "POST", action.target, headers: ["Content-Type": "application/x-www-form-urlencoded"],
                body: Array(body.utf8))
            answer = server.answer(request, now: now)
        }
        return nil
    }

    private static func form(of answer: MockAnswer) -> HTMLForm? {
        HTMLForm.forms(in: String(decoding: answer.response.body, as: UTF8.self)).first
    }

    /// Hidden inputs as they are, one of the choices, one of the buttons.
    private static func fields(_ form: HTMLForm, member: Int, allows: Bool) -> [(String, String)] {
        var out = form.inputs.filter { $0.type == "hidden" }.map { ($0.name, $0.value) }
        out += form.inputs.filter { $0.type == "text" }.map { ($0.name, $0.value) }
        let choices = form.inputs.filter { $0.type == "radio" }
        if !choices.isEmpty {
            let choice = choices[member % choices.count]
            out.append((choice.name, choice.value))
        }
        let buttons = form.inputs.filter { $0.type == "submit" && !$0.name.isEmpty }
        let wanted = allows ? "allow" : "deny"
        if let button = buttons.first(where: { $0.value.lowercased().contains(wanted) }) ?? buttons.first {
            out.append((button.name, button.value))
        }
        return out
    }
}
