import Testing

@testable import Usage

@Suite("The manual page")
struct ManualTests {
    private let page = Sample.program.manual

    @Test("every command, option, exit code, variable and file is in it")
    func complete() {
        for (path, command) in Sample.program.everything {
            #expect(page.contains(Roff.text(Sample.program.usage(path, command))), "\(path)")
            for option in Sample.program.options(of: command) {
                #expect(page.contains(Roff.text(option.withValue)), "\(option.name)")
                #expect(page.contains(Roff.text(option.summary)), "\(option.name)")
            }
            #expect(path.isEmpty || page.contains(Roff.sentence(command.summary)))
        }
        for word in ["WALLET_SOCKET", "it failed", "all of it", "walletd(8)", "It waits for you."] {
            #expect(page.contains(Roff.text(word)), "\(word)")
        }
    }

    @Test("it is plain ASCII, and no line is taken for a request that is none")
    func roff() {
        #expect(page.utf8.allSatisfy { $0 == 10 || (32..<127).contains($0) })
        let requests = [".TH", ".SH", ".SS", ".PP", ".TP", ".RS", ".RE", ".nf", ".fi"]
        for line in page.split(separator: "\n") where line.hasPrefix(".") || line.hasPrefix("'") {
            #expect(requests.contains { line == $0 || line.hasPrefix($0 + " ") }, "\(line)")
        }
        #expect(Roff.text(".SH \\ it's \"é\" …") == "\\&.SH \\e it\\(aqs \\(dq\\[u00E9]\\(dq ...")
        #expect(Roff.text("🎫") == "\\[u1F3AB]")
        #expect(Roff.text("--no-browser ~ ^ `") == "\\-\\-no\\-browser \\(ti \\(ha \\(ga")
    }
}
