import Wire

/// A form: what was written reads as it was, and what was read and written reads the same.
enum FormTarget {
    static func run(_ bytes: [UInt8]) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        try demand(URI.percentDecode(URI.percentEncode(text)) == text, "percent-encoded and back it is another")
        try demand(escapesAll(HTML.escaped(text)), "HTML is not escaped")

        // Any bytes as names and values by turns.
        let texts = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var pairs: [(String, String)] = []
        for at in stride(from: 0, to: texts.count - 1, by: 2) { pairs.append((texts[at], texts[at + 1])) }
        let made = Form(pairs)
        guard let read = Form(parsing: made.encoded) else { throw Broken(description: "what was written is no form") }
        try demand(isSame(read, made), "written and read it is another")

        guard let form = Form(parsing: text) else { return }
        guard let again = Form(parsing: form.encoded) else { throw Broken(description: "read and written it is none") }
        try demand(isSame(again, form) && again.encoded == form.encoded, "read and written it is another")
        for name in form.repeatedNames { try demand(form.all(name).count > 1, "\(name) is not there twice") }
        if let uri = URI("https://h.example/p?q=1")?.appending(form.fields.map { ($0.name, $0.value) }) {
            guard let query = Form(parsing: uri.query ?? "") else { throw Broken(description: "an address is none") }
            try demand(query.fields.count == form.fields.count + 1 && uri.host == "h.example", "an address moved")
        }
    }

    /// Byte for byte: Swift's own equality also holds for other spellings of the same letter.
    private static func isSame(_ a: Form, _ b: Form) -> Bool {
        a.fields.count == b.fields.count
            && zip(a.fields, b.fields).allSatisfy {
                $0.name.utf8.elementsEqual($1.name.utf8) && $0.value.utf8.elementsEqual($1.value.utf8)
            }
    }

    private static func escapesAll(_ html: String) -> Bool {
        !html.utf8.contains { "<>\"'".utf8.contains($0) }
    }
}
