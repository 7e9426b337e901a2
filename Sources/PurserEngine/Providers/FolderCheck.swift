import Wire

/// Everything that is wrong with one provider's folder, all at once: `purser provider check` and `purserd check` alike.
///
/// Beside what a start would refuse, the folder's own expectation is held against its mapping: what `expected.json` says
/// for the recorded answers it names.
public struct FolderCheck: Sendable {
    /// The provider, if it loads.
    public let provider: Provider?
    public let problems: [ManifestProblem]
    /// How many recorded answers were mapped and compared.
    public let answers: Int

    /// How many differences of an expectation are told.
    private static let mostDifferences = 20

    public init(_ folder: ProviderFolder, zones: @escaping (String) -> [UInt8]? = { _ in nil }) {
        let catalogue = Catalogue([folder], zones: zones)
        provider = catalogue[folder.name]
        var problems = catalogue.problems[folder.name] ?? []
        var count = 0
        if let provider, let bytes = folder.files["expected.json"] {
            do throws(ManifestProblem) {
                let recorded = try RecordedAnswers(folder, bytes)
                count = recorded.answers.count
                let mapped = Mapper.map(recorded.answers, provider).json
                let differences = JSONDifference.all(recorded.expected, mapped).prefix(Self.mostDifferences)
                problems += differences.map { difference in
                    ManifestProblem(
                        file: folder.name + "/expected.json", place: "/mapped" + difference.place,
                        what: difference.words)
                }
            } catch { problems.append(error) }
        }
        self.problems = problems
        answers = count
    }
}

/// The answers that an `expected.json` names, and what mapping them must give.
struct RecordedAnswers {
    let answers: [PulledAnswer]
    let expected: JSON

    init(_ folder: ProviderFolder, _ bytes: [UInt8]) throws(ManifestProblem) {
        let file = folder.name + "/expected.json"
        func problem(_ place: String, _ what: String) -> ManifestProblem {
            ManifestProblem(file: file, place: place, what: what)
        }
        guard let json = try? JSON.parse(bytes, limits: .file), let list = json["answers"]?.array else {
            throw problem("/answers", "must be a list of recorded answers")
        }
        var answers: [PulledAnswer] = []
        for (index, answer) in list.enumerated() {
            guard let name = answer["file"]?.string, let request = answer["request"]?.string else {
                throw problem("/answers/\(index)", "names no request or no file")
            }
            guard let bytes = folder.files[name] else {
                throw problem("/answers/\(index)/file", "the file \(name) is not in the folder")
            }
            guard let body = try? JSON.parse(bytes, limits: .file) else {
                throw ManifestProblem(file: folder.name + "/" + name, place: "", what: "is not JSON")
            }
            answers.append(PulledAnswer(request: request, membership: answer["membership"]?.string, body: body))
        }
        self.answers = answers
        expected = json["mapped"] ?? [:]
    }
}

/// Where two JSON values differ.
enum JSONDifference {
    struct Place: Sendable, Hashable {
        /// A JSON Pointer.
        let place: String
        let words: String
    }

    static func all(_ expected: JSON, _ given: JSON, at place: String = "") -> [Place] {
        switch (expected, given) {
        case (.object(let a), .object(let b)):
            let names = a.members.map(\.name) + b.members.map(\.name).filter { a[$0] == nil }
            return names.flatMap { name -> [Place] in
                let here = Reader.child(place, name)
                switch (a[name], b[name]) {
                case (let a?, let b?): return all(a, b, at: here)
                case (let a?, nil):
                    return [Place(place: here, words: "expected \(short(a)), and the mapping gives nothing")]
                case (nil, let b?):
                    return [Place(place: here, words: "not expected, and the mapping gives \(short(b))")]
                case (nil, nil): return []
                }
            }
        case (.array(let a), .array(let b)):
            var out: [Place] = []
            for index in 0..<max(a.count, b.count) {
                let here = "\(place)/\(index)"
                if index >= b.count {
                    out.append(
                        Place(place: here, words: "expected \(short(a[index])), and the mapping gives no such row"))
                } else if index >= a.count {
                    out.append(Place(place: here, words: "not expected, and the mapping gives \(short(b[index]))"))
                } else {
                    out += all(a[index], b[index], at: here)
                }
            }
            return out
        default:
            return expected == given
                ? []
                : [Place(place: place, words: "expected \(short(expected)), and the mapping gives \(short(given))")]
        }
    }

    private static func short(_ json: JSON) -> String { Harmless.text(json.text, limit: 120) }
}
