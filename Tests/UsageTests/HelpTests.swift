import Testing

@testable import Usage

@Suite("Help")
struct HelpTests {
    @Test("help of the whole names every command, option, exit code, variable and file")
    func whole() {
        #expect(
            Sample.read("--help")
                == """
                wallet: keeps what you have

                usage: wallet
                       wallet COMMAND …

                Alone it shows the overview.

                commands
                  link NAME          link a programme
                  sync [NAME…]       pull now
                  client set NAME    set one
                  client show NAME   show one
                  token new          make one
                  help [COMMAND…]    show this, or help for one command
                  completions SHELL  print completions for bash, zsh or fish
                  manual             print the manual page, for man

                options of every command
                  --json         for programs
                  -q, --quiet    no remarks
                  --socket PATH  where the daemon is
                  -h, --help     help for the whole, or for one command
                  -V, --version  which version this is

                exit codes
                  0  done
                  1  it failed

                environment
                  WALLET_SOCKET  the socket

                files
                  ~/.wallet  all of it
                """)
    }

    @Test("help of one command has its usage, text, options and examples, and names the common options")
    func one() {
        #expect(
            Sample.read("link", "--help") == """
                usage: wallet link NAME [--no-browser] [--tag TAG]…

                link a programme

                It waits for you.

                  yes  you allow it
                  no   not

                options
                  --no-browser   only print the address
                  -t, --tag TAG  call it something

                and as always: --json, --quiet, --socket, --help, --version

                examples
                  wallet link skyways  link it
                """)
    }

    @Test("a command that only holds others lists them, and one with many options shows the needed ones in its usage")
    func group() {
        #expect(
            Sample.read("client", "--help") == """
                usage: wallet client COMMAND …

                client registrations

                commands
                  set NAME   set one
                  show NAME  show one

                and as always: --json, --quiet, --socket, --help, --version
                """)
        #expect(
            Sample.read("help", "client", "set").hasPrefix("usage: wallet client set NAME --client-id ID [options]\n"))
    }

    @Test(
        "no line is wider than the terminal, and nothing is lost in a narrow one", arguments: [20, 30, 40, 60, 80, 200])
    func width(_ width: Int) {
        for words in [["--help"], ["link", "--help"], ["client", "set", "--help"]] {
            guard case .show(let text)? = try? Sample.program.read(words, width: width) else {
                Issue.record("no help")
                continue
            }
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            let said = text.split { $0 == " " || $0 == "\n" }
            guard case .show(let wide)? = try? Sample.program.read(words, width: 100) else { continue }
            #expect(said == wide.split { $0 == " " || $0 == "\n" })
            for line in lines where line.split(separator: " ").count > 1 {
                // A term that is longer than its place stands alone.
                #expect(line.count <= max(width, 28), "\(width): \(line)")
            }
            #expect(!lines.contains { $0.hasSuffix(" ") })
        }
    }
}
