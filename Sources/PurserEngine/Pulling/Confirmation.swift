import Crypto
import Wire

/// Asking whether an answer that is kept still holds (RFC 9110 13.1.2): of a request's first page, and only at the very
/// address it was the answer of. A 304 stands for the kept answer, whatever the mapping makes of it by now.
struct Confirmation {
    /// What was kept, opened.
    struct Held {
        let tag: String
        let link: String?
        let body: Secret

        /// The answer that a 304 confirms. Its fields are the newer ones, the `Link` of the kept one.
        func answer(confirmedBy response: HTTPResponse) -> HTTPResponse {
            var headers = response.headers
            if let link { headers["Link"] = link }
            return HTTPResponse(status: 200, headers: headers, body: body.withBytes { Array($0) })
        }
    }

    let seat: Seat
    let request: String
    /// Empty for a request of the whole link.
    let membership: String
    let now: Instant

    /// Nil: there is nothing to ask about at this address.
    func held(_ kept: [KeptAnswer], at uri: URI) -> Held? {
        guard let found = kept.first(where: { $0.request == request && $0.membership == membership }),
            found.uri == uri.text, isYoung(found.receivedAt), let body = seat.dataKey.open(found.sealedBody, at: place)
        else { return nil }
        return Held(tag: found.tag, link: found.link, body: body)
    }

    /// What is kept of a new answer; nil: it has no tag that could be sent back, or is too large.
    func kept(_ response: HTTPResponse, at uri: URI) -> KeptAnswer? {
        guard response.status == 200, response.body.count <= Limits.keptAnswerBytes,
            let tag = response.headers["ETag"], Self.isTag(tag),
            let sealed = try? seat.dataKey.seal(Secret(copying: response.body), at: place)
        else { return nil }
        let links = response.headers.all("Link")
        return KeptAnswer(
            request: request, membership: membership, uri: uri.text, tag: tag,
            link: links.isEmpty ? nil : links.joined(separator: ", "), receivedAt: now, sealedBody: sealed)
    }

    private func isYoung(_ receivedAt: Instant) -> Bool {
        (0..<Limits.keptAnswerSeconds * 1000).contains(now.milliseconds(since: receivedAt))
    }

    private var place: SealedPlace { seat.place("kept_answer", "body:\(request):\(membership)", 0) }

    /// RFC 9110 8.8.3: a quoted text of visible characters, weak or not.
    static func isTag(_ text: String) -> Bool {
        let bare = text.hasPrefix("W/") ? text.dropFirst(2) : text[...]
        guard text.utf8.count <= Limits.tagBytes, bare.utf8.count >= 2, bare.hasPrefix("\""), bare.hasSuffix("\"")
        else {
            return false
        }
        return bare.dropFirst().dropLast().utf8.allSatisfy { $0 == 0x21 || (0x23...0x7e).contains($0) }
    }
}
