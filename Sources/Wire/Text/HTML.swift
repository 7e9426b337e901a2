/// Text made fit for HTML: element content and attribute values in double quotes.
public enum HTML {
    /// Scalar by scalar: a `<` with a combining mark after it is one character to Swift, and still a `<` to a browser.
    public static func escaped(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "'": out += "&#39;"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}
