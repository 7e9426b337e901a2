import HTTPClient
import MockProviders
import Wire

/// Somebody who answers a provider's pages: signs in, allows, and goes back.
enum Person {
    /// - Parameters:
    ///   - member: who of those on the page, counted from 0.
    ///   - named: or who, by the provider's own name for them.
    /// - Returns: whether the callback answered, whatever it said.
    @discardableResult
    static func consent(at address: String, member: Int?, named: String?) -> Bool {
        guard var here = URI(address), var answer = try? here.server.send(HTTPRequest("GET", here.target)) else {
            return false
        }
        let home = here.origin
        for _ in 0..<12 {
            var next: HTTPRequest
            if (300..<400).contains(answer.status) {
                guard let to = answer.headers["Location"].flatMap({ here.resolving($0) }) else { return false }
                here = to
                next = HTTPRequest("GET", here.target)
            } else {
                guard here.origin == home else { return true }
                guard let form = HTMLForm.forms(in: String(decoding: answer.body, as: UTF8.self)).first,
                    let to = here.resolving(form.action)
                else { return false }
                here = to
                next = HTTPRequest(
                    "POST", here.target, headers: ["Content-Type": "application/x-www-form-urlencoded"],
                    body: Array(Form(filled(form, member, named)).encoded.utf8))
            }
            guard let got = try? here.server.send(next, timeoutSeconds: 20) else { return false }
            answer = got
        }
        return false
    }

    private static func filled(_ form: HTMLForm, _ member: Int?, _ named: String?) -> [(String, String)] {
        var fields = form.inputs.filter { $0.type == "hidden" }.map { ($0.name, $0.value) }
        let radios = form.inputs.filter { $0.type == "radio" }
        let chosen = radios.firstIndex { $0.value == named } ?? member.map { $0 % max(1, radios.count) }
        if let chosen, radios.indices.contains(chosen) { fields.append((radios[chosen].name, radios[chosen].value)) }
        if let allow = form.inputs.first(where: { $0.type == "submit" && $0.value == "allow" }) {
            fields.append((allow.name, allow.value))
        }
        return fields
    }
}
