import Testing
import Wire

@testable import MockProviders
@testable import PurserEngine

/// Every folder of `providers/` is a case.
@Suite("The providers that ship")
struct ShippedFolderTests {
    @Test("the three that ship are there")
    func some() { #expect(Set(Folders.names).isSuperset(of: ["brewhaus", "grandstay", "skyways"])) }

    @Test("it loads without a problem, and says that it is a mock", arguments: Folders.names)
    func loads(_ name: String) throws {
        let catalogue = Catalogue([Folders.folder(name)], zones: Folders.zone)
        #expect(catalogue.problems.isEmpty)
        let provider = try #require(catalogue[name])
        #expect(provider.manifest.isMock)
    }

    @Test(
        "it is complete", arguments: Folders.names,
        [
            "manifest.json", "mapping.json", "expected.json", "mock/authorization.json", "mock/members.json",
            "mock/routes.json", "mock/keys.json",
        ])
    func complete(_ name: String, _ file: String) {
        #expect(Folders.json("\(name)/\(file)") != nil, "\(name)/\(file) is missing, or no JSON")
    }

    @Test("the mapping gives what expected.json says for the answers in mock/answers", arguments: Folders.names)
    func expected(_ name: String) throws {
        let provider = try #require(Catalogue([Folders.folder(name)], zones: Folders.zone)[name])
        let expected = try #require(Folders.json("\(name)/expected.json"))
        let answers = try answers(name, expected)
        let mapped = Mapper.map(answers, provider).json
        let isExpected = mapped == expected["mapped"]
        #expect(isExpected, "the mapping gave:\n\(mapped.pretty())")
    }

    @Test("every request of the manifest has an answer among them", arguments: Folders.names)
    func everyRequest(_ name: String) throws {
        let provider = try #require(Catalogue([Folders.folder(name)], zones: Folders.zone)[name])
        let expected = try #require(Folders.json("\(name)/expected.json"))
        #expect(Set(try answers(name, expected).map(\.request)) == Set(provider.manifest.api.requests.keys))
    }

    @Test(
        "the answers are the mock's own, for the member and the time that expected.json names", arguments: Folders.names
    )
    func mocks(_ name: String) throws {
        let provider = try #require(Catalogue([Folders.folder(name)], zones: Folders.zone)[name])
        let expected = try #require(Folders.json("\(name)/expected.json"))
        let subject = try #require(expected["from"]?["subject"]?.string)
        let now = try #require(expected["from"]?["at"]?.string.flatMap { Instant(rfc3339: $0) })
        let folder = try mock(name)
        let person = try #require(folder.cast.people.first { $0.subject == subject })
        let truth = person.truth(epoch: folder.dayZero, now: now, seed: 0).json(at: now)
        let memberships = Mapper.memberships(try answers(name, expected), provider)
        for answer in try answers(name, expected) {
            let template = try #require(provider.manifest.api.requests[answer.request])
            var values = PlaceholderValues()
            if let id = answer.membership {
                values["membership.id"] = .string(id)
                for (key, value) in memberships.first(where: { $0.id == id })?.keys ?? [:] {
                    values["membership." + key] = .string(value)
                }
            }
            let request = try #require(
                RequestBuilder.request(template, base: provider.manifest.api.base, values: values))
            let path = String(request.uri.path.dropFirst(folder.apiPath.count))
            let route = try #require(
                folder.routes.routes.first { $0.method == request.method && $0.match(path) != nil })
            let parameters = route.match(path) ?? [:]
            guard case .found(let body, _) = route.body(root: truth, parameters: parameters, query: Form()) else {
                Issue.record("the mock has no answer to \(path)")
                continue
            }
            let isSame = body == answer.body
            #expect(isSame, "the mock answers \(path) with:\n\(body.pretty())")
        }
    }

    private func answers(_ name: String, _ expected: JSON) throws -> [PulledAnswer] {
        try #require(expected["answers"]?.array).map { answer in
            let file = try #require(answer["file"]?.string)
            let body = try #require(Folders.json("\(name)/\(file)"), "\(name)/\(file) is missing, or no JSON")
            return PulledAnswer(
                request: try #require(answer["request"]?.string), membership: answer["membership"]?.string, body: body)
        }
    }

    private func mock(_ name: String) throws -> MockFolder {
        func file(_ path: String) throws -> JSON { try #require(Folders.json("\(name)/\(path)")) }
        return try MockFolder(
            name: name, manifest: file("manifest.json"), authorization: file("mock/authorization.json"),
            members: file("mock/members.json"), routes: file("mock/routes.json"), keys: file("mock/keys.json"))
    }
}
