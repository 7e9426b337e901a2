/// Completions for zsh: as a file `_NAME` in its function path, or read by `source`.
struct Zsh {
    private let name: String
    private let program: String
    private let points: [Point]
    private let cases: Cases

    init(_ name: String, _ program: String, _ points: [Point]) {
        self.name = name
        self.program = program
        self.points = points
        cases = Cases(name: name, points: points)
    }

    var script: String {
        """
        #compdef \(program)
        # Completions of \(program) for zsh, printed by: \(program) completions zsh

        # What kind of value an option takes, in $kind.
        \(name)_option() {
            case "$at:$1" in
        \(Shell.indented(cases.options, 8))
            esac
        }

        \(name)_offer() {
            case $1 in
                :text) ;;
                :file) _files ;;
                :folder) _files -/ ;;
                :link) compadd -- ${(f)"$(timeout 2 $asked \(Shell.links))"} ;;
                :provider) compadd -- ${(f)"$(timeout 2 $asked \(Shell.providers))"} ;;
                *) compadd -- ${=1} ;;
            esac
        }

        \(name)() {
            local at='' kind='' option='' over='' word
            local -i count=0
            local -a asked offers
            asked=("${(Q)words[1]}")
            for word in "${(@)words[2,CURRENT-1]}"; do
                if [[ -n $kind ]]; then
                    [[ $option == --socket ]] && asked+=(--socket "${(Q)word}")
                    kind=''
                elif [[ -z $over && $word == -- ]]; then
                    over=1
                elif [[ -z $over && $word == --*=* ]]; then
                    [[ $word == --socket=* ]] && asked+=("${(Q)word}")
                elif [[ -z $over && $word == -?* ]]; then
                    option=$word
                    \(name)_option "$word"
                else
                    case "$at:$word" in
        \(Shell.indented(cases.commands, 16))
                        *) (( count += 1 )) ;;
                    esac
                fi
            done
            if [[ -z $kind && -z $over && $PREFIX == --*=* ]]; then
                \(name)_option "${PREFIX%%=*}"
                compset -P '*='
            fi
            if [[ -n $kind ]]; then
                \(name)_offer "$kind"
            elif [[ -z $over && $PREFIX == -* ]]; then
                case $at in
        \(Shell.indented(switches, 12))
                esac
                _describe -o option offers
            else
                case "$at:$count" in
        \(Shell.indented(names + cases.arguments, 12))
                esac
            fi
        }

        if [[ ${funcstack[1]} == \(name) ]]; then \(name) "$@"; else compdef \(name) \(program); fi
        """
    }

    private var switches: [String] {
        points.map { point in
            let offers = point.options.map { Self.offer($0.name, $0.summary) }.joined(separator: " ")
            return "\(Shell.quoted(point.name))) offers=(\(offers)) ;;"
        }
    }

    private var names: [String] {
        points.filter { !$0.commands.isEmpty }.map { point in
            let offers = point.commands.map { Self.offer($0.term, $0.text) }.joined(separator: " ")
            return "\(Shell.quoted(point.name + ":0"))) offers=(\(offers)); _describe command offers ;;"
        }
    }

    /// `'--json:for programs'`.
    private static func offer(_ word: String, _ text: String) -> String {
        Shell.quoted(word.replacing(":", with: "\\:") + ":" + text)
    }
}
