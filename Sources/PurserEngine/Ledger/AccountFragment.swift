import Wire

// The bytes of one account as `GET /v1/accounts` shows it, in pieces:
//
//     head            {"id":…,"provider":…,…,"membership":{"id":…,
//     number          "number":"77012345","holder":"Ada Lindqvist"        for those who may see numbers
//     maskedNumber    "number":"•••• 2345","holder":"A. L."               for everybody else
//     tail            ,"tiers":[…]},"balance":{…},…,"staleAfter":"…"
//
// The reader adds `,"link":` with the link's own fragment and `,"version":N}`. Facts only: no age, no "stale", so that
// time alone changes nothing.

extension AccountFragment {
    static func rendered(
        _ account: Account, _ membership: Membership, _ vouchers: [Voucher], _ provider: Provider, _ link: LinkID
    ) -> AccountFragment {
        let manifest = provider.manifest
        let head = JSONObject([
            ("id", .string(account.id.rawValue)), ("provider", .string(manifest.name)),
            ("programme", .string(manifest.programme.key)), ("kind", .string(manifest.programme.kind.rawValue)),
            ("label", .string(label(account, manifest))),
        ])
        var tail = JSONObject([("balance", balance(account, manifest))])
        let decimals = decimals(account, manifest)
        if let next = nextExpiry(account, decimals) { tail["nextExpiry"] = next }
        tail["lots"] = .array(account.lots.map { lot($0, decimals) })
        tail["vouchers"] = .array(vouchers.map { voucher($0, manifest) })
        if let at = account.asOf { tail["asOf"] = .string(at.rfc3339) }
        tail["observedAt"] = .string(account.observedAt.rfc3339)
        tail["staleAfter"] = .string(account.staleAfter.rfc3339)
        let membershipHead = Array(#","membership":{"id":"#.utf8) + JSON.string(membership.id.rawValue).bytes
        let tiers = Array(#","tiers":"#.utf8) + JSON.array(membership.tiers.map(tier)).bytes
        return AccountFragment(
            account: account.id, link: link, order: order(account, membership, manifest),
            head: JSON.object(head).bytes.dropLast() + membershipHead + Array(",".utf8),
            number: named(membership.number, membership.holder),
            maskedNumber: named(Masked.number(membership.number), membership.holder.map(Masked.holder)),
            tail: tiers + Array("},".utf8) + JSON.object(tail).bytes.dropFirst().dropLast(), version: account.version)
    }

    private static func named(_ number: String, _ holder: String?) -> [UInt8] {
        var object = JSONObject([("number", .string(number))])
        if let holder { object["holder"] = .string(holder) }
        return Array(JSON.object(object).bytes.dropFirst().dropLast())
    }

    private static func label(_ account: Account, _ manifest: Manifest) -> String {
        let words = [
            "pending": "pending", "status": "status", "lifetime": "lifetime", "toNextTier": "to the next tier",
        ]
        return manifest.title + (words[account.type].map { ", " + $0 } ?? "")
    }

    /// Provider, membership, then the balance one can spend before the others.
    private static func order(_ account: Account, _ membership: Membership, _ manifest: Manifest) -> String {
        let rank = AccountType.all.firstIndex(of: account.type) ?? 9
        return [manifest.name, membership.number, String(rank), account.unit].joined(separator: "\u{1}")
    }

    private static func balance(_ account: Account, _ manifest: Manifest) -> JSON {
        let decimals = decimals(account, manifest)
        var object = JSONObject([("type", .string(account.type)), ("state", .string(account.amount.state))])
        if let amount = account.amount.amount { object["amount"] = .string(amount.text(fractionDigits: decimals)) }
        name(account.unit, manifest, in: &object)
        object["decimals"] = .int(decimals)
        return .object(object)
    }

    /// The unit, and its words where the programme knows it.
    private static func name(_ unit: String, _ manifest: Manifest, in object: inout JSONObject) {
        object["unit"] = .string(unit)
        guard let known = manifest.programme.units[unit] else { return }
        object["one"] = .string(known.one)
        object["many"] = .string(known.many)
    }

    private static func decimals(_ account: Account, _ manifest: Manifest) -> Int {
        manifest.programme.units[account.unit]?.decimals ?? 0
    }

    /// The earliest expiry that lay ahead when it was seen, and all that goes with it.
    private static func nextExpiry(_ account: Account, _ decimals: Int) -> JSON? {
        let today = account.observedAt.date
        guard let first = account.lots.filter({ $0.expires >= today && !$0.amount.isZero }).map(\.expires).min() else {
            return nil
        }
        var total = ExactDecimal.zero
        for lot in account.lots where lot.expires == first { total = total.adding(lot.amount) ?? total }
        return ["amount": .string(total.text(fractionDigits: decimals)), "on": .string(first.iso)]
    }

    private static func lot(_ lot: Lot, _ decimals: Int) -> JSON {
        let amount = lot.amount.text(fractionDigits: decimals)
        var object = JSONObject([("amount", .string(amount)), ("expires", .string(lot.expires.iso))])
        if let earned = lot.earned { object["earned"] = .string(earned.iso) }
        return .object(object)
    }

    private static func tier(_ tier: Tier) -> JSON {
        var object = JSONObject([("code", .string(tier.code)), ("title", .string(tier.title))])
        if tier.scheme != "programme" { object["scheme"] = .string(tier.scheme) }
        if let until = tier.until { object["until"] = .string(until.iso) }
        return .object(object)
    }

    private static func voucher(_ voucher: Voucher, _ manifest: Manifest) -> JSON {
        var object = JSONObject([("id", .string(voucher.externalID))])
        if let title = voucher.title { object["title"] = .string(title) }
        if let amount = voucher.amount { object["amount"] = .string(amount.text) }
        if let unit = voucher.unit { name(unit, manifest, in: &object) }
        if let expires = voucher.expires { object["expires"] = .string(expires.iso) }
        return .object(object)
    }
}

/// What is shown of a number or a name to those who may not see it.
enum Masked {
    /// The last four of eight or more characters, the last two of five or more, else none.
    static func number(_ number: String) -> String {
        let shown = number.count >= 8 ? 4 : number.count >= 5 ? 2 : 0
        return shown == 0 ? "••••" : "•••• " + number.suffix(shown)
    }

    /// Initials.
    static func holder(_ name: String) -> String {
        name.split(separator: " ").prefix(4).map { $0.prefix(1) + "." }.joined(separator: " ")
    }
}
