import PurserAPI
import Usage
import Wire

/// `purser relink NAME|lnk_…`.
enum Relink {
    static let command = Command<Run>(
        "relink", "consent anew for a link that there is", arguments: [Argument("NAME|lnk_…", .link)],
        options: [LinkProgramme.noBrowser, LinkProgramme.paste, LinkProgramme.device],
        text: [
            .paragraph(
                """
                For a link that needs your consent again, is in doubt, or is to come under another client. Its \
                accounts and their history stay. If you say no at the provider, or never answer, the link stays as \
                it was. If another member consents there, you are asked what to do.
                """)
        ],
        run: run)

    static func run(_ line: Line, _ terminal: Terminal) throws -> Int32 {
        try LinkProgramme.checkWay(line)
        let daemon = Daemon(line)
        let link = try LinkNames.only(line.arguments[0], daemon)
        return try LinkProgramme.consent(
            try daemon.post(
                "/v1/links/\(link.id)/relink", .object(JSONObject(LinkProgramme.way(line)))), renewing: link, line,
            terminal)
    }
}
