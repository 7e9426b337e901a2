import Wire

@testable import PurserEngine

/// JSON: what was read and written reads the same, and no number loses or gains a digit.
enum JSONTarget {
    static func run(_ bytes: [UInt8]) throws {
        guard let json = try? JSON.parse(bytes) else { return }
        let written = json.bytes
        let again = try JSON.parse(written)
        try demand(again == json && again.bytes == written, "written and read it is another")
        try demand(try JSON.parse(json.pretty()) == json, "written for people and read it is another")
        try demand(!json.text.unicodeScalars.contains { $0.isHidden }, "something hidden is written in clear")
        try walk(json, "", json, depth: 0)
    }

    private static func walk(_ json: JSON, _ pointer: String, _ root: JSON, depth: Int) throws {
        try demand(depth <= 32, "too deep")
        try demand(JSONPointer.resolve(pointer, in: root) == json, "\(pointer) is not where it is")
        switch json {
        case .number(let number): try exact(number)
        case .array(let items):
            for (index, item) in items.enumerated() {
                try walk(item, pointer + "/\(index)", root, depth: depth + 1)
            }
        case .object(let object):
            for member in object.members {
                try walk(member.value, Reader.child(pointer, member.name), root, depth: depth + 1)
            }
        default: break
        }
    }

    private static func exact(_ number: JSONNumber) throws {
        guard let decimal = ExactDecimal(number.text) else { return }
        try demand(ExactDecimal(decimal.text) == decimal, "\(number.text) is \(decimal.text) and then another")
        try demand(decimal.negated.negated == decimal, "\(number.text) negated twice is another")
        try demand(decimal.adding(.zero) == decimal, "\(number.text) and nothing is another")
        if let double = decimal.adding(decimal) {
            try demand(double.subtracting(decimal) == decimal, "\(number.text) twice less once is another")
            try demand(decimal.isZero || (decimal < double) != decimal.isNegative, "\(number.text) is out of order")
        }
        if decimal.fractionDigits < 20, let hundred = decimal.scaled(2) {
            try demand(hundred.scaled(-2) == decimal, "\(number.text) moved there and back is another")
        }
        if let rough = Double(number.text), let back = Double(decimal.text), rough.isFinite {
            try demand(abs(rough - back) <= abs(rough) * 1e-12, "\(number.text) became \(decimal.text)")
        }
    }
}
