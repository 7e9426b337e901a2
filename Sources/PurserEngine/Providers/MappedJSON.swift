import Crypto
import Wire

// What a mapping gave, in the form of expected.json: a member without a value is left out.

extension MappedPull {
    var json: JSON { isOfMarket ? market : personal }

    private var market: JSON {
        [
            "values": .array(values.map(\.json)), "partners": .array(partners.map(\.json)),
            "kept": .array(kept.sorted().map { .string($0.rawValue) }),
            "warnings": .array(warnings.map { .string($0) }),
        ]
    }

    private var personal: JSON {
        [
            "memberships": .array(memberships.map(\.json)), "balances": .array(balances.map(\.json)),
            "lots": .array(lots.map(\.json)), "vouchers": .array(vouchers.map(\.json)),
            "entries": .array(entries.map(\.json)), "kept": .array(kept.sorted().map { .string($0.rawValue) }),
            "warnings": .array(warnings.map { .string($0) }),
        ]
    }
}

/// An object of those members that have a value.
private func object(_ members: [(String, String?)], _ more: [(String, JSON)] = []) -> JSON {
    .object(JSONObject(members.compactMap { name, text in text.map { (name, .string($0)) } } + more))
}

extension MappedPull.MappedMembership {
    fileprivate var json: JSON {
        let tiers = tiers.map { tier in
            object([("code", tier.code), ("title", tier.title), ("scheme", tier.scheme), ("until", tier.until?.iso)])
        }
        let keys = keys.sorted { $0.key < $1.key }.map { ($0.key, JSON.string($0.value)) }
        return object(
            [("id", id), ("number", number), ("holder", holder), ("since", since?.iso)],
            [("tiers", .array(tiers)), ("keys", .object(JSONObject(keys)))])
    }
}

extension MappedPull.MappedBalance {
    fileprivate var json: JSON {
        object([
            ("membership", membership), ("type", type), ("unit", unit), ("state", amount.state),
            ("amount", amount.amount?.text), ("asOf", asOf?.rfc3339),
        ])
    }
}

extension MappedPull.MappedLot {
    fileprivate var json: JSON {
        object([
            ("membership", membership), ("type", type), ("unit", unit), ("amount", lot.amount.text),
            ("expires", lot.expires.iso), ("earned", lot.earned?.iso),
        ])
    }
}

extension MappedPull.MappedVoucher {
    fileprivate var json: JSON {
        object([
            ("membership", membership), ("id", id), ("title", title), ("amount", amount?.text), ("unit", unit),
            ("expires", expires?.iso), ("code", code?.text()),
        ])
    }
}

extension MappedPull.MappedEntry {
    fileprivate var json: JSON {
        object([
            ("membership", membership), ("type", type), ("unit", unit), ("id", id), ("posted", posted.rfc3339),
            ("kind", kind), ("amount", amount.text), ("text", text), ("balanceAfter", balanceAfter?.text),
        ])
    }
}

extension PointValue {
    fileprivate var json: JSON {
        object([
            ("programme", programme), ("unit", unit), ("amount", amount.text), ("low", low?.text),
            ("high", high?.text), ("currency", currency), ("source", source), ("asOf", asOf?.iso),
        ])
    }
}

extension TransferPartner {
    fileprivate var json: JSON {
        object([
            ("from", from), ("to", to), ("give", give.text), ("get", get.text), ("minimum", minimum?.text),
            ("since", since?.iso), ("until", until?.iso), ("title", title),
        ])
    }
}
