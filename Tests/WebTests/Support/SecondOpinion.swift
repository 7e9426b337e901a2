import Glibc
import Testing
import Wire

/// python3-jsonschema's verdict on the document and on the answers, since our own check could be as wrong as they are.
enum SecondOpinion {
    private static let script = """
        import json, re, sys, jsonschema
        document, rules, answers = (json.load(open(path)) for path in sys.argv[1:4])
        validator = jsonschema.Draft202012Validator
        found = [f"{list(e.absolute_path)}: {e.message[:200]}" for e in validator(rules).iter_errors(document)]
        def deref(node):
            while isinstance(node, dict) and "$ref" in node:
                target = document
                for part in node["$ref"].removeprefix("#/").split("/"): target = target[part]
                node = target
            return node
        def walk(node, place):
            if isinstance(node, dict):
                if "$ref" in node: deref(node)
                if "schema" in node: validator.check_schema(node["schema"])
                for name, value in node.items(): walk(value, place + [name])
            elif isinstance(node, list):
                for at, value in enumerate(node): walk(value, place + [at])
        walk(document, [])
        for schema in document["components"]["schemas"].values(): validator.check_schema(schema)
        ids = []
        for path, item in document["paths"].items():
            for method, operation in item.items():
                ids.append(operation["operationId"])
                named = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"}
                if named != set(re.findall("{([^}]*)}", path)): found.append(f"{path}: its braces are not its parameters")
                for need in operation["security"]:
                    for name in need:
                        if name not in document["components"]["securitySchemes"]: found.append(f"{path}: {name}?")
        if len(ids) != len(set(ids)): found.append("an operationId comes twice")
        for answer in answers:
            operation = document["paths"][answer["path"]][answer["method"]]
            content = deref(operation["responses"][answer["status"]])["content"][answer["type"]]
            whole = {"allOf": [content["schema"]], "components": document["components"]}
            format = jsonschema.FormatChecker()
            for e in validator(whole, format_checker=format).iter_errors(answer["body"]):
                found.append(f"{answer['method']} {answer['path']} {answer['status']}: {e.message[:300]}")
        open(sys.argv[4], "w").write("\\n".join(found))
        """

    static let isThere: Bool = {
        let isThere = (try? run("import jsonschema; jsonschema.Draft202012Validator", [])) == 0
        if !isThere {
            let words = "!!! python3-jsonschema is not there: /openapi.json gets NO second opinion (SKIPPED)\n"
            _ = words.withCString { write(STDERR_FILENO, $0, strlen($0)) }
        }
        return isThere
    }()

    /// Expects a document that is one of OpenAPI 3.1 and allows these answers; nothing where nobody can say.
    static func expect(_ document: JSON, allows answers: [JSON]) throws {
        guard isThere else { return }
        var template = Array("/tmp/purser-openapi.XXXXXX".utf8CString)
        let folder = String(cString: try #require(mkdtemp(&template)))
        let paths = ["document", "answers", "found"].map { folder + "/" + $0 }
        defer {
            for path in paths { unlink(path) }
            rmdir(folder)
        }
        for (path, json) in [(paths[0], document), (paths[1], .array(answers))] {
            let bytes = json.bytes
            let file = try #require(fopen(path, "wb"))
            #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
            fclose(file)
        }
        #expect(try run(script, [paths[0], rules, paths[1], paths[2]]) == 0)
        let file = try #require(fopen(paths[2], "rb"))
        defer { fclose(file) }
        var room = [UInt8](repeating: 0, count: 64 << 10)
        let found = String(decoding: room.prefix(fread(&room, 1, room.count, file)), as: UTF8.self)
        #expect(found == "")
    }

    /// OpenAPI 3.1 as far as we state it.
    private static let rules =
        "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/Fixtures/openapi-3.1.schema.json"

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
