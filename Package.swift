// swift-tools-version:6.2
import PackageDescription

/// Every target of ours: Swift 6 mode, warnings are errors, imports are explicit.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let argumentParser: Target.Dependency = .product(
  name: "ArgumentParser", package: "swift-argument-parser")
let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")
let yams: Target.Dependency = "Yams"

let package = Package(
  name: "pgvigil",
  products: [.executable(name: "pgvigil", targets: ["pgvigil"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
  ],
  targets: [
    // C libraries: module maps and typed wrappers only.
    .systemLibrary(name: "CNcurses", providers: [.apt(["libncursesw5-dev"])]),
    .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(
      name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .target(name: "CTerminal", linkerSettings: [.linkedLibrary("ncursesw")]),

    // Values and rules; no I/O, no clock.
    .target(name: "RecoveryModel", swiftSettings: strict),
    .target(name: "TextScreen", swiftSettings: strict),

    .target(
      name: "RecoveryEngines",
      dependencies: ["RecoveryModel", "CCurl", "CPostgres", subprocess, yams],
      swiftSettings: strict),
    .target(
      name: "RecoveryService",
      dependencies: ["RecoveryModel", yams],
      swiftSettings: strict),
    .target(
      name: "ConsoleUI",
      dependencies: ["RecoveryModel", "TextScreen"],
      swiftSettings: strict),
    .target(
      name: "ConsoleRuntime",
      dependencies: [
        "ConsoleUI", "RecoveryService", "RecoveryModel", "TextScreen", "CNcurses", "CTerminal",
      ],
      swiftSettings: strict),
    .target(
      name: "CommandLineUI",
      dependencies: ["RecoveryService", "RecoveryModel", argumentParser],
      swiftSettings: strict),
    .executableTarget(
      name: "pgvigil",
      dependencies: [
        "CommandLineUI", "ConsoleRuntime", "ConsoleUI", "RecoveryEngines", "RecoveryService",
        "RecoveryModel", "TextScreen", argumentParser,
      ],
      swiftSettings: strict),

    .target(
      name: "TestSupport",
      dependencies: ["RecoveryModel"],
      path: "Tests/TestSupport",
      swiftSettings: strict),
    .executableTarget(
      name: "Benchmarks",
      dependencies: ["TestSupport"],
      path: "Tests/Benchmarks",
      swiftSettings: strict),
    // An API server and an operator for the tests: TLS, HTTP and the rules of the real one.
    .systemLibrary(
      name: "COpenSSL", path: "Tests/COpenSSL", providers: [.apt(["libssl-dev", "openssl"])]),
    .systemLibrary(name: "CZlib", path: "Tests/CZlib", providers: [.apt(["zlib1g-dev"])]),
    .target(
      name: "KubernetesStandIn",
      dependencies: ["COpenSSL", "CZlib", "RecoveryEngines", "RecoveryModel", "TestSupport", yams],
      path: "Tests/KubernetesStandIn",
      exclude: ["Resources"],
      swiftSettings: strict),
    .executableTarget(
      name: "StandInServer",
      dependencies: ["KubernetesStandIn", "RecoveryEngines", argumentParser],
      path: "Tests/StandInServer",
      swiftSettings: strict),
    .testTarget(
      name: "KubernetesStandInTests",
      dependencies: [
        "KubernetesStandIn", "RecoveryEngines", "RecoveryModel", "StandInServer", "TestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "RecoveryModelTests",
      dependencies: ["RecoveryModel", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "RecoveryEnginesTests",
      dependencies: ["KubernetesStandIn", "RecoveryEngines", "RecoveryModel", "TestSupport"],
      resources: [.copy("Fixtures")],
      swiftSettings: strict),
    .testTarget(
      name: "RecoveryServiceTests",
      dependencies: ["RecoveryService", "RecoveryModel", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "TextScreenTests",
      dependencies: ["TextScreen", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "ConsoleUITests",
      dependencies: ["ConsoleUI", "RecoveryModel", "TextScreen", "TestSupport"],
      resources: [.copy("Frames")],
      swiftSettings: strict),
    .testTarget(
      name: "ConsoleRuntimeTests",
      dependencies: [
        "ConsoleRuntime", "ConsoleUI", "RecoveryModel", "RecoveryService", "TextScreen",
        "TestSupport", "TerminalProbe",
      ],
      swiftSettings: strict),
    // A screen with nothing behind it, for tests that need a process of its own on a terminal.
    .executableTarget(
      name: "TerminalProbe",
      dependencies: [
        "ConsoleRuntime", "ConsoleUI", "RecoveryModel", "RecoveryService", "TextScreen",
      ],
      path: "Tests/TerminalProbe",
      swiftSettings: strict),
    .testTarget(
      name: "CommandLineUITests",
      dependencies: ["CommandLineUI", "RecoveryService", "RecoveryModel", "TestSupport"],
      resources: [.copy("Fixtures")],
      swiftSettings: strict),
    .testTarget(
      name: "ArchitectureTests",
      dependencies: [
        "CommandLineUI", "ConsoleUI", "RecoveryEngines", "RecoveryModel", "RecoveryService",
        "TestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "LiveTests",
      dependencies: [
        "KubernetesStandIn", "RecoveryEngines", "RecoveryService", "RecoveryModel", "TestSupport",
        "pgvigil",
      ],
      swiftSettings: strict),
  ]
)
