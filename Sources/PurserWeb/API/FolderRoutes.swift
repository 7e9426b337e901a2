import PurserAPI
import PurserEngine
import Wire

extension Route {
    static let folders: [Route] = [
        Route(
            "checkFolder", "POST", "/v1/folders/check", .scope(.admin),
            "Everything that is wrong with a provider's folder, all at once. It need not be one the daemon has loaded.",
            body: FolderChecked.requestSchema,
            replies: [.json(200, "FolderChecked", "What is wrong; nothing: it can be linked.")],
            problems: [.notFound], isSocketOnly: true, worksSealed: true,
            run: { call throws(Problem) in try await FolderRoutes(call).check() }),
        Route(
            "tryFolder", "POST", "/v1/folders/try", .scope(.admin),
            "Run a folder's requests once with a link's access token, or over its recorded answers. Stores nothing.",
            body: FolderTried.requestSchema,
            replies: [.json(200, "FolderTried", "Each request, its answer, and what the mapping makes of it.")],
            problems: [.notFound, .providerBroken, .cannotTry], isSocketOnly: true,
            run: { call throws(Problem) in try await FolderRoutes(call).trial() }),
    ]
}

/// `/v1/folders`: for whoever writes a provider's folder. It names a path, so only the daemon's own socket may ask.
struct FolderRoutes: Sendable {
    private let call: Call

    init(_ call: Call) { self.call = call }

    func check() async throws(Problem) -> HTTPResponse {
        let folder = try await folder(try call.object())
        let check = FolderCheck(folder, zones: call.web.folders.zone)
        let problems = check.problems.map {
            FolderProblemShown(file: $0.file, place: $0.place, what: $0.what, hint: $0.hint)
        }
        let shown = FolderChecked(
            name: folder.name, title: check.provider?.manifest.title, problems: problems, answers: check.answers)
        return .json(shown.json)
    }

    func trial() async throws(Problem) -> HTTPResponse {
        let (object, door) = (try call.object(), try call.door)
        let folder = try await folder(object)
        var link: LinkID?
        if let named = object["link"] {
            guard let text = named.string, LinkID.looksRight(text) else {
                throw Problem(.badRequest, "link must be a link's id (they begin with lnk_)")
            }
            link = LinkID(rawValue: text)
        }
        let check = FolderCheck(folder, zones: call.web.folders.zone)
        let trial: Trial
        do {
            trial = try await door.tryFolder(
                folder, check, in: call.wallet, link: link, showsAll: object["showAll"]?.bool ?? false)
        } catch { throw Problem(error) }
        let steps = trial.steps.map {
            FolderTried.Step(
                request: $0.request, membership: $0.membership, asked: $0.asked, status: $0.status, problem: $0.problem,
                answer: $0.answer, mapped: $0.mapped)
        }
        let shown = FolderTried(
            name: folder.name, link: trial.link?.rawValue, steps: steps, warnings: trial.warnings)
        return .json(shown.json)
    }

    private func folder(_ object: JSONObject) async throws(Problem) -> ProviderFolder {
        guard let path = object["path"]?.string, path.hasPrefix("/") else {
            throw Problem(.badRequest, "path must be a folder's path from the root")
        }
        do { return try await call.web.folders.whole(path) } catch {
            throw Problem(
                .notFound, "the folder cannot be read: \(error.words)",
                detail: "the daemon reads it as its own user, and a hardened unit may keep it out of some places")
        }
    }
}
