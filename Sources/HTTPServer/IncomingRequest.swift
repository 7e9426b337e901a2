public import Wire

/// A request that came in whole, within every limit.
public struct IncomingRequest: Sendable {
    /// Method, target as it was sent, header fields in order, body.
    public let request: HTTPRequest
    /// The user at the other end of a unix socket; nil over TCP.
    public let peerUID: UInt32?
    /// The address at the other end of a TCP connection; nil for a unix socket.
    public let peer: Peer?
    /// Where it came in.
    public let local: Listener.Address
    /// The certificate that the client showed, DER; nil: none. That it holds its key is proven, and nothing else.
    public let certificate: [UInt8]?

    public init(
        request: HTTPRequest, peerUID: UInt32?, peer: Peer? = nil, local: Listener.Address,
        certificate: [UInt8]? = nil
    ) {
        self.certificate = certificate
        self.request = request
        self.peerUID = peerUID
        self.peer = peer
        self.local = local
    }
}

/// What the server is to send, and how.
public struct Answer: Sendable {
    /// `Content-Length`, `Date` and the framing are the server's own; those among the header fields are left out.
    public var response: HTTPResponse
    /// Wait so long before the first byte.
    public var delayMilliseconds: Int
    /// Close the connection after so many bytes of the body, as a failing server would; below 0: before the first byte
    /// of the answer.
    public var cutAfterBytes: Int?
    /// Send the body byte by byte, each so long after the one before, as a server would that wants to hold its client;
    /// 0: as fast as it goes.
    public var dripMilliseconds: Int

    public init(
        _ response: HTTPResponse, delayMilliseconds: Int = 0, cutAfterBytes: Int? = nil, dripMilliseconds: Int = 0
    ) {
        self.response = response
        self.delayMilliseconds = delayMilliseconds
        self.cutAfterBytes = cutAfterBytes
        self.dripMilliseconds = dripMilliseconds
    }
}
