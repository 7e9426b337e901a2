import CCurl
public import PurserEngine
import Threads
public import Wire

/// The way to providers over libcurl: one thread owns the multi handle and everything in it.
public final class CurlTransport: Transport {
    private struct Inbox {
        var waiting: [Transfer] = []
        var isAwake = false
        var isStopped = false
    }

    private let inbox = Lock(Inbox())
    private let multi: Multi
    private let ended = Gate()

    /// - Parameter slots: transfers under way at once; more wait their turn.
    public init(slots: Int = 64) {
        multi = Multi()
        let loop = NetworkLoop(multi: multi, slots: slots)
        let (inbox, ended, multi) = (inbox, ended, multi)
        OwnThread.start("purser-net") {
            while true {
                let (arrived, isStopped) = inbox.withLock { inbox in
                    // Cleared before the inbox is emptied: a wake after this is never lost.
                    inbox.isAwake = false
                    defer { inbox.waiting = [] }
                    return (inbox.waiting, inbox.isStopped)
                }
                loop.turn(arrived)
                if isStopped, loop.isIdle { break }
                multi.wait(milliseconds: 1000)
            }
            loop.close()
            ended.open()
        }
    }

    public func send(_ request: ProviderRequest) async throws(TransportError) -> HTTPResponse {
        let outcome = await withCheckedContinuation { (answer: CheckedContinuation<Transfer.Outcome, Never>) in
            submit(Transfer(request) { answer.resume(returning: $0) })
        }
        return try outcome.get()
    }

    private func submit(_ transfer: Transfer) {
        let (isStopped, mustWake) = inbox.withLock { inbox -> (Bool, Bool) in
            guard !inbox.isStopped else { return (true, false) }
            inbox.waiting.append(transfer)
            defer { inbox.isAwake = true }
            return (false, !inbox.isAwake)
        }
        if isStopped { return transfer.refuse(.notSent("the daemon is stopping")) }
        if mustWake { multi.wake() }
    }

    /// Takes nothing new, waits for what is under way, and ends the thread.
    public func stop() {
        inbox.withLock { $0.isStopped = true }
        multi.wake()
        ended.wait()
    }
}

/// The multi handle. `wake` may be called from any thread; everything else by the network thread only.
final class Multi: @unchecked Sendable {
    let handle: UnsafeMutableRawPointer

    init() {
        curl_global_init(Int(CURL_GLOBAL_DEFAULT))
        handle = curl_multi_init()!
        ccurl_multi_set_long(handle, CURLMOPT_MAX_HOST_CONNECTIONS, 16)
        ccurl_multi_set_long(handle, CURLMOPT_MAXCONNECTS, 64)
    }

    func wake() { curl_multi_wakeup(handle) }

    func wait(milliseconds: Int32) {
        var events: Int32 = 0
        curl_multi_poll(handle, nil, 0, milliseconds, &events)
    }
}

/// What the network thread does in one turn.
private final class NetworkLoop: @unchecked Sendable {
    // Ownership: touched by the network thread only.
    private let multi: Multi
    private let slots: Int
    private var queue: [Transfer] = []
    private var active: [UnsafeMutableRawPointer: Transfer] = [:]
    private var idle: [UnsafeMutableRawPointer] = []

    init(multi: Multi, slots: Int) {
        self.multi = multi
        self.slots = slots
    }

    var isIdle: Bool { active.isEmpty && queue.isEmpty }

    func turn(_ arrived: [Transfer]) {
        queue += arrived
        start()
        var running: Int32 = 0
        curl_multi_perform(multi.handle, &running)
        var result = CURLE_OK
        while let handle = ccurl_finished(multi.handle, &result) {
            curl_multi_remove_handle(multi.handle, handle)
            let transfer = active.removeValue(forKey: handle)
            transfer?.end(result, handle)
            // The handle's own buffers have held a token that must not be found there later.
            if transfer?.request.sending != .pooled {
                curl_easy_cleanup(handle)
                continue
            }
            // Forgets this request's settings; connections, sessions and names stay with the multi handle.
            curl_easy_reset(handle)
            idle.append(handle)
        }
        if !queue.isEmpty, active.count < slots {
            start()
            curl_multi_perform(multi.handle, &running)
        }
    }

    private func start() {
        while !queue.isEmpty, active.count < slots {
            let transfer = queue.removeFirst()
            guard let handle = idle.popLast() ?? curl_easy_init() else {
                transfer.refuse(.notSent("no memory"))
                continue
            }
            NetworkLoop.settle(handle)
            transfer.prepare(handle)
            active[handle] = transfer
            if curl_multi_add_handle(multi.handle, handle) != CURLM_OK {
                active.removeValue(forKey: handle)
                curl_easy_cleanup(handle)
                transfer.refuse(.notSent("the request could not be started"))
            }
        }
    }

    func close() {
        for handle in idle { curl_easy_cleanup(handle) }
        curl_multi_cleanup(multi.handle)
    }

    /// What holds for every request: TLS 1.2 at least, whatever the machine's own settings would allow, with a certificate
    /// for the very host; no redirect, no cookie, no netrc, no compression, our own name.
    private static func settle(_ handle: UnsafeMutableRawPointer) {
        ccurl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        ccurl_set_long(handle, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        ccurl_set_long(handle, CURLOPT_SSL_VERIFYPEER, 1)
        ccurl_set_long(handle, CURLOPT_SSL_VERIFYHOST, 2)
        ccurl_set_long(handle, CURLOPT_FOLLOWLOCATION, 0)
        ccurl_set_long(handle, CURLOPT_NETRC, 0)
        ccurl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, Int(Limits.connectSeconds) * 1000)
        ccurl_set_long(handle, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        ccurl_set_long(handle, CURLOPT_PIPEWAIT, 1)
        ccurl_set_text(handle, CURLOPT_NOPROXY, "127.0.0.1,::1")
        ccurl_set_text(handle, CURLOPT_USERAGENT, "purser")
    }
}
