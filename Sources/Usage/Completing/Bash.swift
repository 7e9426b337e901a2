/// Completions for bash (4 and later). They stand alone, without the package bash-completion.
struct Bash {
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
        # Completions of \(program) for bash, printed by: \(program) completions bash

        # What kind of value an option takes, in $kind.
        \(name)_option() {
            case $at:$1 in
        \(Shell.indented(cases.options, 8))
            esac
        }

        # The words that may stand at the cursor, in COMPREPLY.
        \(name)_offer() {
            local words=''
            case $1 in
                :text) return ;;
                :file | :folder)
                    compopt -o filenames 2>/dev/null
                    if [[ $1 == :file ]]; then words=-f; else words=-d; fi
                    mapfile -t COMPREPLY < <(compgen "$words" -- "$cur")
                    return ;;
                :link) words=$(timeout 2 "${asked[@]}" \(Shell.links)) ;;
                :provider) words=$(timeout 2 "${asked[@]}" \(Shell.providers)) ;;
                *) words=$1 ;;
            esac
            mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
        }

        \(name)() {
            local at='' kind='' option='' over='' before='' cur='' word count=0
            local words=() asked=("${COMP_WORDS[0]}")
            COMPREPLY=()
            # bash takes the = of --name=value for a word of its own.
            for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
                if [[ $word == '=' && $before == --* ]]; then before='='; continue; fi
                words+=("$word")
                before=$word
            done
            if [[ $before != '=' ]]; then cur=${words[-1]}; unset 'words[-1]'; fi
            for word in "${words[@]}"; do
                if [[ -n $kind ]]; then
                    [[ $option == --socket ]] && asked+=(--socket "$word")
                    kind=''
                elif [[ -z $over && $word == -- ]]; then
                    over=1
                elif [[ -z $over && $word == -?* ]]; then
                    option=$word
                    \(name)_option "$word"
                else
                    case $at:$word in
        \(Shell.indented(cases.commands, 16))
                        *) count=$((count + 1)) ;;
                    esac
                fi
            done
            if [[ -n $kind ]]; then
                \(name)_offer "$kind"
            elif [[ -z $over && $cur == -* ]]; then
                case $at in
        \(Shell.indented(switches, 12))
                esac
            else
                case $at:$count in
        \(Shell.indented(names + cases.arguments, 12))
                esac
            fi
        }

        complete -F \(name) \(program)
        """
    }

    private var switches: [String] {
        points.map { point in
            let names = point.options.map(\.name).joined(separator: " ")
            return "\(Shell.quoted(point.name))) \(name)_offer \(Shell.quoted(names)) ;;"
        }
    }

    private var names: [String] {
        points.filter { !$0.commands.isEmpty }.map { point in
            let names = point.commands.map(\.term).joined(separator: " ")
            return "\(Shell.quoted(point.name + ":0"))) \(name)_offer \(Shell.quoted(names)) ;;"
        }
    }
}
