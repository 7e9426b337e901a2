import PurserEngine
import Wire

/// Lists as the store keeps them: JSON text.
enum ListText {
    static func words(_ words: [String]) -> String { JSON.array(words.map { .string($0) }).text }

    static func words(from text: String) throws(StoreError) -> [String] {
        var out: [String] = []
        for item in try items(text) {
            guard let word = item.string else { throw unreadable }
            out.append(word)
        }
        return out
    }

    static func tiers(_ tiers: [Tier]) -> String {
        JSON.array(
            tiers.map { tier in
                [
                    "code": .string(tier.code), "title": .string(tier.title), "scheme": .string(tier.scheme),
                    "until": tier.until.map { .string($0.iso) } ?? .null,
                ]
            }
        ).text
    }

    static func tiers(from text: String) throws(StoreError) -> [Tier] {
        var out: [Tier] = []
        for item in try items(text) {
            guard let code = item["code"]?.string, let title = item["title"]?.string,
                let scheme = item["scheme"]?.string
            else { throw unreadable }
            out.append(Tier(code: code, title: title, scheme: scheme, until: try date(item["until"])))
        }
        return out
    }

    static func lots(_ lots: [Lot]) -> String {
        JSON.array(
            lots.map { lot in
                [
                    "amount": .string(lot.amount.text), "expires": .string(lot.expires.iso),
                    "earned": lot.earned.map { .string($0.iso) } ?? .null,
                ]
            }
        ).text
    }

    static func lots(from text: String) throws(StoreError) -> [Lot] {
        var out: [Lot] = []
        for item in try items(text) {
            guard let amount = item["amount"]?.string.flatMap({ ExactDecimal($0) }),
                let expires = try date(item["expires"])
            else { throw unreadable }
            out.append(Lot(amount: amount, expires: expires, earned: try date(item["earned"])))
        }
        return out
    }

    private static let unreadable = StoreError.damaged("a list does not read")

    private static func items(_ text: String) throws(StoreError) -> [JSON] {
        if text == "[]" { return [] }
        guard let items = (try? JSON.parse(text, limits: .file))?.array else { throw unreadable }
        return items
    }

    private static func date(_ json: JSON?) throws(StoreError) -> CivilDate? {
        guard let text = json?.string else { return nil }
        guard let date = CivilDate(iso: text) else { throw unreadable }
        return date
    }
}
