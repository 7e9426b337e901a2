// swift-tools-version: 6.2
import PackageDescription

// The house is drawn in ARCHITECTURE.md; Tests/TidyTests holds every import against it.

/// A build for trials: it can be stopped at named points and have bugs put in (`make planted`, `make crash`). Never shipped.
let isTried = Context.environment["PURSER_TRIED"] == "1"

let strict: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .treatAllWarnings(as: .error),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
    ] + (isTried ? [.define("PURSER_TRIED")] : [])

func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/\(name)", swiftSettings: strict)
}

func door(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, path: "Sources/\(name)", swiftSettings: strict)
}

func library(_ name: String, _ links: [String]) -> Target {
    .target(
        name: name, path: "Sources/CLibraries/\(name)",
        cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])],
        linkerSettings: links.map { .linkedLibrary($0) })
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, path: "Tests/\(name)", exclude: exclude, swiftSettings: strict)
}

let package = Package(
    name: "purser",
    products: [
        .executable(name: "purserd", targets: ["purserd"]),
        .executable(name: "purser", targets: ["purser"]),
        .executable(name: "mock-providers", targets: ["mock-providers"]),
        .executable(name: "purser-simulate", targets: ["purser-simulate"]),
        .executable(name: "purser-conformance", targets: ["purser-conformance"]),
        .executable(name: "purser-crash", targets: ["purser-crash"]),
    ],
    targets: [
        library("CLinux", []),
        library("CCurl", ["curl"]),
        library("CSQLite", ["sqlite3"]),
        library("CFaultyDisk", ["sqlite3"]),
        library("COpenSSL", ["crypto"]),
        library("CWipe", []),
        library("CMicrohttpd", ["microhttpd", "gnutls"]),
        library("CQrencode", ["qrencode"]),

        room("Wire"),
        room("Usage"),
        room("Crypto", ["COpenSSL", "Wire"]),
        room("Threads", ["CLinux"]),
        room("HTTPClient", ["Wire", "CLinux"]),
        room("HTTPServer", ["Wire", "Threads", "CMicrohttpd", "CLinux"]),
        room("MockProviders", ["Wire", "Crypto"]),
        room("PurserAPI", ["Wire"]),
        room("QRCode", ["CQrencode"]),
        room("PurserEngine", ["Wire", "Crypto"]),
        room("PurserStore", ["PurserEngine", "CSQLite"]),
        room("PurserSystem", ["PurserEngine", "PurserStore", "Threads", "CCurl", "CLinux"]),
        room("PurserWeb", ["PurserEngine", "PurserAPI", "HTTPServer", "QRCode", "Threads"]),
        room(
            "PurserSimulation",
            ["PurserWeb", "PurserEngine", "PurserStore", "MockProviders", "HTTPServer", "CFaultyDisk"]),

        door(
            "purserd",
            [
                "PurserWeb", "PurserAPI", "PurserSystem", "PurserStore", "PurserEngine", "HTTPServer", "HTTPClient",
                "Threads", "Usage", "Crypto", "CLinux", "CWipe",
            ]),
        door("purser", ["HTTPClient", "PurserAPI", "Usage", "Wire", "CLinux"]),
        door(
            "mock-providers",
            ["MockProviders", "HTTPServer", "HTTPClient", "Threads", "Usage", "Wire", "CCurl", "CLinux"]),
        door("purser-simulate", ["PurserSimulation", "Usage", "CLinux"]),
        door("purser-conformance", ["PurserSimulation", "MockProviders", "Usage", "CLinux"]),
        door(
            "purser-crash",
            [
                "PurserEngine", "MockProviders", "HTTPClient", "Threads", "Usage", "Wire", "Crypto", "CSQLite",
                "CLinux", "TestSupport",
            ]),

        // What several test targets need: the test vectors, raw connections.
        .target(
            name: "TestSupport", dependencies: ["Wire", "Threads", "Crypto"], path: "Tests/TestSupport",
            // The search for secrets goes over megabytes, in debug builds too.
            swiftSettings: strict + [.unsafeFlags(["-O"])]),
        tests("WireTests", ["TestSupport", "Wire"]),
        tests("UsageTests", ["Usage"]),
        tests("CryptoTests", ["TestSupport", "Crypto", "Wire"]),
        tests("HTTPTests", ["TestSupport", "HTTPServer", "HTTPClient", "Threads", "Wire", "CLinux"]),
        tests("MockProvidersTests", ["TestSupport", "MockProviders", "Wire", "Crypto"]),
        tests("EngineTests", ["TestSupport", "PurserEngine", "Wire", "Crypto"]),
        tests("ProviderTests", ["PurserEngine", "MockProviders", "Wire", "Crypto"]),
        tests("StoreConformanceTests", ["PurserEngine", "PurserStore", "PurserSimulation", "Wire", "Crypto"]),
        tests(
            "SystemTests",
            [
                "TestSupport", "PurserSystem", "PurserEngine", "PurserStore", "HTTPServer", "Threads", "Wire", "Crypto",
                "CLinux",
            ]),
        tests(
            "SimulationTests", ["PurserSimulation", "PurserEngine", "PurserStore", "MockProviders", "Wire", "Crypto"]),
        tests(
            "WebTests",
            [
                "TestSupport", "PurserWeb", "PurserAPI", "PurserEngine", "PurserSimulation", "HTTPServer", "HTTPClient",
                "QRCode", "Threads", "Wire", "Crypto",
            ]),
        tests(
            "ScriptTests", ["TestSupport", "HTTPClient", "PurserAPI", "Wire", "CLinux", "CSQLite"],
            exclude: ["Transcripts"]),
        tests("FuzzTests", ["PurserEngine", "Wire", "Crypto"], exclude: ["Corpus"]),
        tests("TidyTests", ["TestSupport"]),
    ]
)
