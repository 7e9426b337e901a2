import PurserAPI
import PurserEngine

// Errors of the engine in the API's words.

extension Problem {
    init(_ error: StoreError) {
        switch error {
        case .full:
            self.init(
                .storeFailed, "the disk is full; nothing was changed",
                detail: "make room and try again; what was shown before is still there")
        case .closed: self.init(.stopping, "the daemon is stopping")
        default: self.init(.storeFailed, error.description, detail: "nothing of this request was saved")
        }
    }

    init(_ problem: ClientProblem) {
        switch problem {
        case .unknownProvider(let names):
            self.init(
                .unknownProvider, "no provider has that name", detail: "there are: \(names.joined(separator: ", "))")
        case .unfit(let why): self.init(.badRequest, why, detail: "nothing was changed")
        case .store(let error): self.init(error)
        case .failed(let why): self.init(.storeFailed, why)
        }
    }

    init(_ problem: StartLinkProblem) {
        switch problem {
        case .unknownProvider(let names):
            let known = names.isEmpty ? "there are none" : "there are: \(names.joined(separator: ", "))"
            self.init(.unknownProvider, "no provider has that name", detail: known)
        case .providerBroken(let problems):
            self.init(.providerBroken, "the provider's folder does not load", detail: problems.joined(separator: "; "))
        case .noSuchLink: self.init(.notFound, problem.description, detail: "run: purser links")
        case .noClient, .grantNotSupported: self.init(.cannotLink, problem.description)
        case .providerUnavailable(let why):
            self.init(
                .providerUnavailable, "the provider cannot be asked: \(why)",
                detail: "nothing was saved; try again later")
        case .store(let error): self.init(error)
        case .failed(let why): self.init(.storeFailed, why)
        }
    }
}
