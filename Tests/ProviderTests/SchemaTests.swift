import Glibc
import Testing
import Wire

@testable import PurserEngine

/// The decoder decides what is valid; `providers/schema.json` says the same to an editor. Both read the same folders.
@Suite("The schema and the decoder")
struct SchemaTests {
    @Test("a folder that uses the grammar loads", arguments: GoodFolders.all)
    func loads(_ change: Changed) {
        let catalogue = Catalogue([change.folder()], zones: Folders.zone)
        #expect(catalogue.problems.isEmpty, "\(catalogue.problems)")
        #expect(catalogue[Changed.name] != nil)
    }

    @Test(
        "the schema takes what the decoder takes, and refuses what the decoder refuses for its form",
        .enabled("python3-jsonschema is not there: SKIPPED") { Validator.isThere })
    func agree() throws {
        var cases = Folders.names.flatMap { name in
            [("manifest.json", ""), ("mapping.json", "#/$defs/mapping")].map { file, part in
                Validator.Case(
                    name: "\(name)/\(file)", part: part, json: Folders.json("\(name)/\(file)") ?? .null, isGood: true)
            }
        }
        cases += GoodFolders.all.map { Validator.Case($0, isGood: true) }
        cases += (BrokenManifests.all + BrokenMappings.all).map { Validator.Case($0.change, isGood: !$0.isOfForm) }
        cases += MarketTests.changes.map { change in
            Validator.Case(
                name: change.testDescription, part: change.file == "mapping.json" ? "#/$defs/mapping" : "",
                json: change.json, isGood: change.problem == nil || !change.isOfForm)
        }
        let verdicts = try Validator.verdicts(cases)
        try #require(verdicts.count == cases.count)
        for (one, verdict) in zip(cases, verdicts) {
            #expect(verdict == one.isGood, "the schema \(verdict ? "takes" : "refuses") \(one.name)")
        }
    }
}

/// A JSON Schema validator: python3-jsonschema, in a process of its own.
private enum Validator {
    struct Case {
        let name: String
        /// Of the schema: the mapping's is a part.
        let part: String
        let json: JSON
        let isGood: Bool

        init(name: String, part: String, json: JSON, isGood: Bool) {
            self.name = name
            self.part = part
            self.json = json
            self.isGood = isGood
        }

        init(_ change: Changed, isGood: Bool) {
            self.init(
                name: change.testDescription, part: change.file == .mapping ? "#/$defs/mapping" : "",
                json: change.json, isGood: isGood)
        }
    }

    static let isThere: Bool = {
        let isThere = (try? run("import jsonschema; jsonschema.Draft202012Validator", [])) == 0
        if !isThere {
            let words = "!!! python3-jsonschema is not there: the schema is NOT checked against the decoder\n"
            _ = words.withCString { write(STDERR_FILENO, $0, strlen($0)) }
        }
        return isThere
    }()

    private static let script = """
        import json, sys, jsonschema
        schema, cases, verdicts = sys.argv[1:]
        with open(schema) as file: schema = json.load(file)
        jsonschema.Draft202012Validator.check_schema(schema)
        whole = jsonschema.Draft202012Validator(schema)
        part = jsonschema.Draft202012Validator({"$ref": "#/$defs/mapping", "$defs": schema["$defs"]})
        with open(cases) as file: cases = json.load(file)
        with open(verdicts, "w") as file:
            json.dump([(part if case["part"] else whole).is_valid(case["json"]) for case in cases], file)
        """

    /// What the validator says of each case, in order.
    static func verdicts(_ cases: [Case]) throws -> [Bool] {
        let folder = try scratch()
        let (input, output) = (folder + "/cases.json", folder + "/verdicts.json")
        defer {
            unlink(input)
            unlink(output)
            rmdir(folder)
        }
        let list = cases.map { one -> JSON in ["part": .string(one.part), "json": one.json] }
        let bytes = JSON.array(list).bytes
        let file = try #require(fopen(input, "wb"))
        #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
        fclose(file)
        #expect(try run(script, [Folders.schema, input, output]) == 0)
        let verdicts = try #require(Folders.bytes(output).flatMap { try? JSON.parse($0) })
        return verdicts.array?.compactMap(\.bool) ?? []
    }

    private static func scratch() throws -> String {
        let place = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array((place + "/purser-schema.XXXXXX").utf8CString)
        return String(cString: try #require(mkdtemp(&template)))
    }

    /// The exit status of `python3 -c SCRIPT ARGUMENTS…`.
    private static func run(_ script: String, _ arguments: [String]) throws -> Int32 {
        let words = (["python3", "-c", script] + arguments).map { strdup($0) }
        defer { for word in words { free(word) } }
        var process: pid_t = 0
        guard posix_spawnp(&process, "python3", nil, nil, words + [nil], environ) == 0 else { return -1 }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 { guard errno == EINTR else { return -1 } }
        return status & 0x7f == 0 ? status >> 8 & 0xff : -1
    }
}
