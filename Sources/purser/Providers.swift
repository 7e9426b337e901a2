import PurserAPI
import Usage
import Wire

/// `purser providers`.
enum Providers {
    static let command = Command<Run>("providers", "show what can be linked, and what does not load and why", run: run)

    static func run(_ line: Line, _ terminal: Terminal) throws -> Int32 {
        let json = try Daemon(line).get("/v1/providers")
        if terminal.wantsJSON {
            Terminal.out(json.text)
            return ExitCode.done
        }
        let providers = json["providers"]?.array?.compactMap(ProviderShown.init) ?? []
        guard !providers.isEmpty else {
            terminal.remark("the daemon knows no provider; purserd --providers DIR names a folder of them")
            return ExitCode.done
        }
        var table = Table([
            Table.Column("NAME"), Table.Column("PROGRAMME", cut: .end), Table.Column("KIND", goes: 1),
            Table.Column("REMARK", cut: .end),
        ])
        for provider in providers {
            let remarks = [
                provider.isMock ? "a pretend provider" : nil, provider.isLinked ? nil : "not linked: purser values",
                provider.signals.flatMap(words),
            ]
            let remark =
                provider.problems.isEmpty ? remarks.compactMap(\.self).joined(separator: ", ") : "does not load"
            table.rows.append([provider.name, provider.title, provider.kind, remark])
        }
        for text in table.lines(terminal) { Terminal.out(text) }
        for problem in providers.flatMap(\.problems) { terminal.warn(problem) }
        for provider in providers {
            guard let trouble = provider.signals?.trouble else { continue }
            terminal.warn("\(provider.name), signals: \(trouble)")
        }
        return ExitCode.done
    }

    /// What a provider tells of its people's accounts; nil: there is nothing to tell of.
    private static func words(_ signals: SignalsShown) -> String? {
        switch signals.state {
        case .resting: nil
        case .making: "signals do not come yet"
        case .active: signals.isVerified ? "signals come" : "signals are asked for"
        case .paused: "signals are held back there"
        case .disabled: "signals are turned off there"
        }
    }
}
