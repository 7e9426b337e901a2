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

    init(_ problem: ClientProblem, known: [String]) {
        switch problem {
        case .unknownProvider: self = Self.unknownProvider("no provider has that name", known)
        case .unfit(let why): self.init(.badRequest, why, detail: "nothing was changed")
        case .refused(let why): self.init(.cannotRegister, why, detail: "no client was set here")
        case .unavailable(let why):
            self.init(.providerUnavailable, "the provider cannot be asked: \(why)", detail: "no client was set here")
        case .store(let error): self.init(error)
        case .failed(let why): self.init(.storeFailed, why)
        }
    }

    init(_ problem: TrialProblem) {
        switch problem {
        case .broken(let problems):
            self.init(
                .providerBroken, "the folder does not load",
                detail: problems.map(\.description).joined(separator: "; "))
        case .noSuchLink: self.init(.notFound, problem.description, detail: "run: purser links")
        case .nothingToTry, .grant: self.init(.cannotTry, problem.description)
        case .store(let error): self.init(error)
        }
    }

    /// - Parameter known: the providers the caller may know of.
    init(_ problem: StartLinkProblem, known: [String]) {
        switch problem {
        case .unknownProvider: self = Self.unknownProvider("no provider has that name", known)
        case .providerBroken(let problems):
            self.init(.providerBroken, "the provider's folder does not load", detail: problems.joined(separator: "; "))
        case .noSuchLink: self.init(.notFound, problem.description, detail: "run: purser links")
        case .noClient, .noLink, .noDeviceFlow, .deviceRefused:
            self.init(.cannotLink, problem.description)
        case .providerUnavailable(let why):
            self.init(
                .providerUnavailable, "the provider cannot be asked: \(why)",
                detail: "nothing was saved; try again later")
        case .store(let error): self.init(error)
        case .failed(let why): self.init(.storeFailed, why)
        }
    }

    /// - Parameter known: the providers the caller may know of.
    init(_ problem: TokenProblem, known: [String]) {
        switch problem {
        case .noScope, .noProgramme, .unreadableExpiry, .pastExpiry, .unfitName:
            self.init(.badRequest, problem.description, detail: "no token was made")
        case .unknownProgramme: self = Self.unknownProvider(problem.description, known)
        case .stronger: self.init(.tooStrong, problem.description, detail: "no token was made")
        case .tooMany: self.init(.tooMany, problem.description, detail: "run: purser token list")
        case .store(let error): self.init(error)
        }
    }

    static func unknownProvider(_ words: String, _ known: [String]) -> Problem {
        Problem(
            .unknownProvider, words,
            detail: known.isEmpty ? "there are none" : "there are: \(known.joined(separator: ", "))")
    }
}
