/// Completions for fish.
struct Fish {
    private let name: String
    private let program: String
    private let points: [Point]

    init(_ name: String, _ program: String, _ points: [Point]) {
        self.name = name
        self.program = program
        self.points = points
    }

    var script: String {
        let valued = Set(Point.valued(points).flatMap { [$0.option.name] + ($0.option.short.map { ["-\($0)"] } ?? []) })
        return """
            # Completions of \(program) for fish, printed by: \(program) completions fish

            # The command before the cursor and how many arguments it has: client set:1
            function \(name)_place
                set -l at ''
                set -l count 0
                set -l over ''
                set -l skip ''
                set -l words (commandline -opc)
                for word in $words[2..-1]
                    if test -n "$skip"
                        set skip ''
                    else if test -z "$over" -a "$word" = --
                        set over 1
                    else if test -z "$over"; and string match -q -- '-?*' $word
                        contains -- $word \(valued.sorted().joined(separator: " ")); and set skip 1
                    else
                        switch "$at:$word"
            \(Shell.indented(commands, 16))
                            case '*'
                                set count (math $count + 1)
                        end
                    end
                end
                echo "$at:$count"
            end

            function \(name)_is
                string match -q -- $argv[1] (\(name)_place)
            end

            # The program as it was called and, where one was given, its socket.
            function \(name)_asked
                set -l words (commandline -opc)
                echo $words[1]
                string match -- '--socket=*' $words
                if set -l index (contains -i -- --socket $words)
                    printf '%s\\n' --socket $words[(math $index + 1)]
                end
            end

            function \(name)_links
                set -l asked (\(name)_asked)
                timeout 2 $asked \(Shell.links)
            end

            function \(name)_providers
                set -l asked (\(name)_asked)
                timeout 2 $asked \(Shell.providers)
            end

            complete -c \(program) -f
            \(offers.joined(separator: "\n"))
            """
    }

    private var commands: [String] {
        points.flatMap { point in
            point.commands.flatMap { command in
                [
                    "case \(Self.quoted("\(point.name):\(command.term)"))",
                    "    set at \(Self.quoted((point.path + [command.term]).joined(separator: " ")))",
                ]
            }
        }
    }

    private var offers: [String] {
        points.flatMap { point in
            point.commands.map { command in
                "complete -c \(program) \(condition(point, "0")) -a \(command.term) -d \(Self.quoted(command.text))"
            } + arguments(point)
                + point.options.map { option in
                    let short = option.short.map { " -s \($0)" } ?? ""
                    return "complete -c \(program) \(condition(point, "*")) -l \(option.name.dropFirst(2))\(short)"
                        + (option.takesValue ? " " + value(option.kind) : "") + " -d \(Self.quoted(option.summary))"
                }
        }
    }

    private func arguments(_ point: Point) -> [String] {
        point.arguments.enumerated().compactMap { index, kind in
            if point.goesOn, index > 0 { return nil }
            guard let words = words(kind) else { return nil }
            return "complete -c \(program) \(condition(point, point.goesOn ? "*" : "\(index)")) \(words)"
        }
    }

    private func condition(_ point: Point, _ count: String) -> String {
        "-n " + Self.quoted("\(name)_is \"\(point.name):\(count)\"")
    }

    /// What stands at the cursor for an argument; nil: nothing is known of it.
    private func words(_ kind: Kind) -> String? {
        switch kind {
        case .text, .number: nil
        case .file: "-F"
        case .folder: "-a '(__fish_complete_directories (commandline -ct))'"
        case .provider: "-a '(\(name)_providers)'"
        case .link: "-a '(\(name)_links)'"
        case .choice(let words): "-a \(Self.quoted(words.joined(separator: " ")))"
        }
    }

    private func value(_ kind: Kind) -> String {
        switch kind {
        case .file: "-r -F"
        default: "-x" + (words(kind).map { " " + $0 } ?? "")
        }
    }

    private static func quoted(_ text: String) -> String {
        "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
    }
}
