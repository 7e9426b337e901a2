import Crypto
import Testing

@Suite struct SecretTests {
    @Test("A secret gives back what it was made of", arguments: [false, true])
    func contents(locked: Bool) {
        for count in [0, 1, 16, 4096, 5000] {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            let secret = Secret(copying: bytes, locked: locked)
            #expect(secret.count == count)
            #expect(secret.withBytes { Array($0) } == bytes)
        }
    }

    @Test("Secrets are equal when their bytes are")
    func equality() {
        #expect(Secret("token") == Secret("token"))
        #expect(Secret("token") == Secret(copying: Array("token".utf8), locked: true))
        #expect(Secret("token") != Secret("tokeN"))
        #expect(Secret("token") != Secret("Token"))
        #expect(Secret("token") != Secret("toke"))
        #expect(Secret("token") != Secret("token "))
        #expect(Secret("") == Secret(""))
        #expect(Secret("") != Secret("\u{0}"))
    }

    @Test("C93: however it is printed, a secret does not show")
    func description() {
        let secret = Secret("hunter2")
        var dumped = ""
        dump(["key": secret], to: &dumped)
        let texts = [
            "\(secret)", String(describing: secret), String(reflecting: secret), "\([secret])",
            "\(Optional(secret) as Any)",
            "\(["a": secret])", "\((secret, 1))", dumped,
        ]
        for text in texts {
            #expect(!text.contains("hunter2") && !text.contains("104"), "\(text)")
        }
        #expect("\(secret)" == "‹secret›")
        #expect(Mirror(reflecting: secret).children.isEmpty)
    }

    @Test("Parts are put together in order")
    func concatenating() {
        let whole = Secret.concatenating([Secret("client"), Secret(""), Secret(":"), Secret("secret")])
        #expect(whole == Secret("client:secret"))
        #expect(Secret.concatenating([]).count == 0)
    }

    @Test("A secret is a text only when it is UTF-8")
    func text() {
        #expect(Secret("\u{e9}\u{0}x").text() == "\u{e9}\u{0}x")
        #expect(Secret(copying: [0xff]).text() == nil)
        #expect(Secret(copying: [0xed, 0xa0, 0x80]).text() == nil)
    }

    @Test("Random bytes are as many as asked for, and others each time")
    func random() {
        #expect(SystemRandom.bytes(0).isEmpty)
        #expect(SystemRandom.bytes(33).count == 33)
        #expect(SystemRandom.bytes(32) != SystemRandom.bytes(32))
        #expect(SystemRandom.secret(32).count == 32)
        #expect(SystemRandom.secret(32) != SystemRandom.secret(32))
    }
}
