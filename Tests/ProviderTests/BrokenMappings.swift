import Wire

/// Mappings that do not load, each with one thing wrong.
enum BrokenMappings {
    static let all = rules + pointers + fields + names

    static let rules: [Broken] = [
        Broken(.mapping, "", "memberships", "must be an object"),
        Broken(.mapping, "/scripts", [], "unknown key"),
        Broken(.mapping, "/memberships", [], "no rule says", isOfForm: false),
        Broken(.mapping, "/lots", [:], "list of rules"),
        Broken(.mapping, "/lots/0/request", nil, "missing"),
        Broken(.mapping, "/lots/0/request", "you", "it has: activity, me", isOfForm: false),
        Broken(.mapping, "/memberships/0/request", "activity", "cannot come from", isOfForm: false),
        Broken(.mapping, "/lots/0/where", "/x", "unknown key"),
        Broken(.mapping, "/lots/0/optional", "yes", "true or false"),
        Broken(.mapping, "/lots/0/fields", nil, "missing"),
        Broken(.mapping, "/lots/0/fields/expires", nil, "missing"),
        Broken(.mapping, "/lots/0/fields/colour", "/c", "unknown key"),
        Broken(.mapping, "/memberships/0/fields/id", nil, "missing"),
        Broken(.mapping, "/balances/0/fields/type", nil, "missing"),
        Broken(.mapping, "/balances/0/fields/unit", nil, "missing"),
        Broken(.mapping, "/balances/0/fields/amount", nil, "missing"),
        Broken(.mapping, "/tiers/0/fields/code", nil, "missing"),
        Broken(.mapping, "/entries/0/fields/posted", nil, "missing"),
        Broken(.mapping, "/entries/0/fields/amount", nil, "missing"),
        Broken(
            .mapping, "/vouchers", [["request": "me", "each": "/v", "fields": [:]]], at: "/vouchers/0/fields/id",
            "missing"),
        Broken(.mapping, "/balances/0/fields/keys", ["card": "/card"], "unknown key"),
    ]

    static let pointers: [Broken] = [
        Broken(.mapping, "/lots/0/each", nil, "missing"),
        Broken(.mapping, "/lots/0/each", "lots", "no pointer from the root"),
        Broken(.mapping, "/lots/0/each", "^/lots", "no pointer from the root"),
        Broken(.mapping, "/lots/0/each", "$/lots", "no pointer from the root"),
        Broken(.mapping, "/lots/0/each", "#", "no pointer from the root"),
        Broken(.mapping, "/lots/0/each", 5, "no pointer from the root"),
        Broken(.mapping, "/lots/0/fields/amount", "miles", "a JSON Pointer like /miles"),
        Broken(.mapping, "/lots/0/fields/amount", "/a~2b", "is no pointer"),
        Broken(.mapping, "/lots/0/fields/amount", "/lots/*/miles", "is no pointer"),
        Broken(.mapping, "/lots/0/fields/amount", "/lots/[=x]/miles", "is no pointer"),
        Broken(.mapping, "/lots/0/fields/amount", "/a^/b~", "is no pointer"),
        Broken(.mapping, "/lots/0/fields/amount", "$^/miles", "is no pointer"),
        Broken(.mapping, "/lots/0/fields/amount", "$#", "is no pointer"),
        Broken(.mapping, "/lots/0/fields/amount", 7, "must be a pointer or an object"),
        Broken(.mapping, "/lots/0/fields/amount", ["at": 7], at: "/lots/0/fields/amount/at", "is no pointer"),
        Broken(.mapping, "/lots/0/fields/amount", ["at": "m"], at: "/lots/0/fields/amount/at", "is no pointer"),
        Broken(.mapping, "/memberships/0/fields/holder/join/1", "last", "is no pointer"),
        Broken(.mapping, "/memberships/0/fields/holder/join/1", 2, "is no pointer"),
        Broken(
            .mapping, "/memberships/0/fields/keys", ["card": "card"], at: "/memberships/0/fields/keys/card",
            "no pointer"),
        Broken(.mapping, "/tiers/1/when", "alliance", "is no pointer"),
        Broken(.mapping, "/tiers/1/when", ["at": "a", "in": []], at: "/tiers/1/when/at", "is no pointer"),
        Broken(.mapping, "/tiers/1/when", ["at": 1, "in": []], at: "/tiers/1/when/at", "is no pointer"),
    ]

    static let fields: [Broken] = [
        Broken(.mapping, "/tiers/1/when", ["at": "/a"], at: "/tiers/1/when/in", "missing"),
        Broken(.mapping, "/tiers/1/when", ["at": "/a", "in": "x"], at: "/tiers/1/when/in", "must be a list"),
        Broken(.mapping, "/tiers/1/when", ["at": "/a", "in": [nil]], at: "/tiers/1/when/in", "must be a list"),
        Broken(.mapping, "/balances/0/fields/type/else", "x", "unknown key"),
        Broken(.mapping, "/balances/0/fields/amount/jq", ".miles", "unknown key"),
        Broken(.mapping, "/balances/0/fields/amount/hidden", "***", "must be an object"),
        Broken(
            .mapping, "/balances/0/fields/amount/hidden", ["at": "/v"], at: "/balances/0/fields/amount/hidden/in",
            "missing"),
        Broken(.mapping, "/balances/0/fields/amount/else", 0, "no meaning without map"),
        Broken(.mapping, "/balances/0/fields/amount/scale", 13, "from -12 to 12"),
        Broken(.mapping, "/balances/0/fields/amount/scale", "-2", "whole number"),
        Broken(.mapping, "/balances/0/fields/amount/comma", "yes", "true or false"),
        Broken(.mapping, "/balances/0/fields/amount/group", "", "must be a text"),
        Broken(
            .mapping, "/entries/0/fields/amount/sign", ["at": "/type"], at: "/entries/0/fields/amount/sign/minus",
            "missing"),
        Broken(.mapping, "/entries/0/fields/amount/sign/at", "type", "is no pointer"),
        Broken(.mapping, "/entries/0/fields/posted/date", "MM/dd/yyyy", "one of: rfc3339"),
        Broken(.mapping, "/entries/0/fields/posted/day", "middle", "first or last"),
        Broken(.mapping, "/entries/0/fields/posted/zone", "Europe/Atlantis", "no such time zone", isOfForm: false),
        Broken(.mapping, "/entries/0/fields/kind/map", "FLT", "must be an object"),
        Broken(.mapping, "/memberships/0/fields/holder/join", [], "list of pointers"),
        Broken(.mapping, "/memberships/0/fields/holder/with", 1, "must be a text"),
        Broken(.mapping, "/memberships/0/fields/holder/map", [:], "unknown key"),
    ]

    /// Names of ours, and of the programme.
    static let names: [Broken] = [
        Broken(.mapping, "/balances/0/fields/unit/is", "kilometres", "one of: miles, tier-points", isOfForm: false),
        Broken(
            .mapping, "/lots/0/fields/unit", ["is": "km"], at: "/lots/0/fields/unit/is", "no unit km", isOfForm: false),
        Broken(.mapping, "/balances/0/fields/type/is", "gold", "unknown balance type gold"),
        Broken(
            .mapping, "/entries/0/fields/type", ["at": "/t", "map": ["A": "spent"]], at: "/entries/0/fields/type/map/A",
            "spent"),
        Broken(.mapping, "/entries/0/fields/kind/map/FLT", "flown", "unknown kind flown"),
        Broken(.mapping, "/entries/0/fields/kind/else", "other", "one of: earn, redeem"),
        Broken(.mapping, "/entries/0/fields/kind/default", "other", "one of: earn, redeem"),
        Broken(.mapping, "/tiers/0/fields/code/map/SLV", "argent", "no tier argent", isOfForm: false),
        Broken(.mapping, "/tiers/1/fields/scheme/is", "partners", "one of: programme, alliance"),
        Broken(
            .mapping, "/values",
            [["request": "me", "each": "/p", "fields": ["programme": "/k", "amount": "/a", "currency": "/c"]]],
            "only a valuation provider", isOfForm: false),
        Broken(
            .mapping, "/partners",
            [["request": "me", "each": "/p", "fields": ["from": "/f", "to": "/t", "give": "/g", "get": "/x"]]],
            "only a valuation provider", isOfForm: false),
    ]
}
