/// The branches of a `case` over what was said so far, which bash and zsh write alike: `'client:set') at='client set' ;;`
struct Cases {
    let name: String
    let points: [Point]

    /// What kind of value an option takes.
    var options: [String] {
        Point.valued(points).map { place, option in
            let spelled = [option.name] + (option.short.map { ["-\($0)"] } ?? [])
            let at = place.map { Shell.quoted($0.name) } ?? "*"
            return spelled.map { "\(at):\($0)" }.joined(separator: " | ")
                + ") kind=\(Shell.quoted(Self.word(option.kind))) ;;"
        }
    }

    /// Which word leads to which command.
    var commands: [String] {
        points.flatMap { point in
            point.commands.map { command in
                let path = (point.path + [command.term]).joined(separator: " ")
                return "\(Shell.quoted("\(point.name):\(command.term)"))) at=\(Shell.quoted(path)) ;;"
            }
        }
    }

    /// What may stand as which argument.
    var arguments: [String] {
        points.flatMap { point in
            point.arguments.enumerated().compactMap { index, kind in
                if point.goesOn, index > 0 { return nil }
                let place = point.goesOn ? Shell.quoted(point.name + ":") + "*" : Shell.quoted("\(point.name):\(index)")
                return "\(place)) \(name)_offer \(Shell.quoted(Self.word(kind))) ;;"
            }
        }
    }

    /// How the scripts write a kind: its name after a colon, or the words of a choice.
    private static func word(_ kind: Kind) -> String {
        switch kind {
        case .text, .number: ":text"
        case .file: ":file"
        case .folder: ":folder"
        case .provider: ":provider"
        case .link: ":link"
        case .choice(let words): words.joined(separator: " ")
        }
    }
}
