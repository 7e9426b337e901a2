import Testing
import Wire

@Suite("The person's browser")
struct BrowserTests {
    /// The program in the browser's place answers at the provider itself, if it was given one word and no more.
    @Test("C38: it gets the address as its one argument, whole, and no shell reads it on the way")
    func argument() {
        let house = House()
        house.start()
        let browser = house.path + "/browser"
        Files.write(
            browser,
            "#!/bin/sh\n[ $# = 1 ] && exec '\(Programs.folder)/mock-providers' consent \"$1\" --member 'Ada Lindqvist'\n",
            mode: 0o700)
        let linked = house.run("purser", ["link", "skyways"], ["BROWSER": browser])
        #expect(linked.code == 0, "\(linked.errors)")
        let address = linked.output.split(separator: "\n").first { $0.contains("http://") } ?? ""
        #expect(address.contains("&state="), "a shell would have cut it there")
    }
}
