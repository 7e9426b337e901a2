import HTTPClient
import MockProviders
import Threads
import Wire

/// Logout tokens on their way to the clients (OpenID Connect Back-Channel Logout 1.0 2.5): each on a thread of its own, so
/// that the person who logs out waits for nobody.
enum LogoutCalls {
    private static let timeoutSeconds = 10

    /// Only to this machine: a pretended provider calls nobody else.
    static func send(_ call: LogoutCall, from provider: String) {
        guard call.uri.scheme == "http", call.uri.isLoopback else {
            return Terminal.complain("\(provider) sends logout tokens over http to this machine only")
        }
        OwnThread.start("logout") {
            do throws(HTTPClientError) {
                let answer = try HTTPClient(.tcp(host: call.uri.host, port: call.uri.port))
                    .send(call.request, timeoutSeconds: timeoutSeconds)
                if !(200...299).contains(answer.status) {
                    Terminal.complain(
                        "\(provider) sent a logout token and was answered \(answer.status): "
                            + String(decoding: answer.body.prefix(500), as: UTF8.self))
                }
            } catch { Terminal.complain("\(provider) could not send a logout token: \(error)") }
        }
    }
}
