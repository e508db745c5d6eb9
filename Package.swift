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

let package = Package(
  name: "pgvigil",
  products: [.executable(name: "pgvigil", targets: ["pgvigil"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
  ],
  targets: [
    // C libraries: module maps and typed wrappers only.
    .systemLibrary(name: "CNcurses", providers: [.apt(["libncursesw5-dev"])]),
    .systemLibrary(name: "CPostgres", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(name: "CCurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    // Those two are not linked, but opened when first used.
    .target(name: "CLibraries", dependencies: ["CPostgres", "CCurl"]),
    .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "CTerminal", linkerSettings: [.linkedLibrary("ncursesw")]),

    // YAML's documents with the place of every value.
    .target(name: "YAMLReading", dependencies: ["CYAML"], swiftSettings: strict),

    // Values and rules; no I/O, no clock.
    .target(name: "RecoveryModel", swiftSettings: strict),
    .target(name: "ManifestLint", dependencies: ["RecoveryModel"], swiftSettings: strict),
    .target(name: "TextScreen", swiftSettings: strict),

    .target(name: "LocalFiles", dependencies: ["RecoveryModel"], swiftSettings: strict),

    // What talks and knows no product, and what every engine is made of.
    .target(
      name: "Transports",
      dependencies: [
        "RecoveryModel", "LocalFiles", "CCurl", "CPostgres", "CLibraries", subprocess,
      ],
      swiftSettings: strict),
    .target(
      name: "PostgresServers", dependencies: ["LocalFiles", "RecoveryModel", "Transports"],
      swiftSettings: strict),
    .target(
      name: "DrillParts",
      dependencies: ["LocalFiles", "RecoveryModel", "Transports", "PostgresServers"],
      swiftSettings: strict),
    .target(
      name: "ObjectStores",
      dependencies: ["LocalFiles", "RecoveryModel", "Transports", "PostgresServers", "CZlib"],
      swiftSettings: strict),
    .target(
      name: "Kubernetes",
      dependencies: ["LocalFiles", "RecoveryModel", "Transports", "YAMLReading"],
      swiftSettings: strict),

    // Engines: none imports another.
    .target(
      name: "CloudNativePG",
      dependencies: [
        "RecoveryModel", "Transports", "PostgresServers", "DrillParts", "Kubernetes",
        "ObjectStores",
      ],
      swiftSettings: strict),
    .target(
      name: "PgBackRest",
      dependencies: ["LocalFiles", "RecoveryModel", "Transports", "PostgresServers", "DrillParts"],
      swiftSettings: strict),
    .target(
      name: "BarmanCloud",
      dependencies: [
        "LocalFiles",
        "RecoveryModel", "Transports", "PostgresServers", "DrillParts", "ObjectStores",
      ],
      swiftSettings: strict),
    .target(
      name: "Sandbox",
      dependencies: ["LocalFiles", "RecoveryModel", "Transports", "PostgresServers"],
      swiftSettings: strict),
    .target(
      name: "RecoveryService",
      dependencies: ["LocalFiles", "RecoveryModel", "ManifestLint", "YAMLReading"],
      swiftSettings: strict),
    .target(
      name: "ConsoleUI",
      dependencies: ["RecoveryModel", "TextScreen"],
      swiftSettings: strict),
    .target(
      name: "ConsoleRuntime",
      dependencies: [
        "LocalFiles",
        "ConsoleUI", "RecoveryService", "RecoveryModel", "TextScreen", "CNcurses", "CTerminal",
      ],
      swiftSettings: strict),
    .target(
      name: "CommandLineUI",
      dependencies: [
        "RecoveryService", "RecoveryModel", "ManifestLint", "TextScreen", argumentParser,
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "pgvigil",
      dependencies: [
        "CommandLineUI", "ConsoleRuntime", "ConsoleUI", "BarmanCloud", "CloudNativePG",
        "ObjectStores", "PgBackRest", "PostgresServers", "Sandbox", "Transports",
        "RecoveryService", "RecoveryModel", argumentParser,
      ],
      swiftSettings: strict),

    .target(
      name: "TestSupport",
      dependencies: ["RecoveryModel"],
      path: "Tests/TestSupport",
      swiftSettings: strict),
    .executableTarget(
      name: "Benchmarks",
      dependencies: ["ObjectStores", "RecoveryModel", "TestSupport", "Transports"],
      path: "Tests/Benchmarks",
      swiftSettings: strict),
    // An API server and an operator for the tests: TLS, HTTP and the rules of the real one.
    .systemLibrary(
      name: "COpenSSL", path: "Tests/COpenSSL", providers: [.apt(["libssl-dev", "openssl"])]),
    .target(
      name: "KubernetesStandIn",
      dependencies: [
        "COpenSSL", "CZlib", "CloudNativePG", "DrillParts", "Kubernetes", "PgBackRest",
        "PostgresServers", "Sandbox", "Transports", "RecoveryModel", "TestSupport", "YAMLReading",
      ],
      path: "Tests/KubernetesStandIn",
      exclude: ["Resources"],
      swiftSettings: strict),
    .executableTarget(
      name: "StandInServer",
      dependencies: [
        "KubernetesStandIn", "CloudNativePG", "DrillParts", "Kubernetes", "PgBackRest",
        "PostgresServers", "Sandbox", "Transports", argumentParser,
      ],
      path: "Tests/StandInServer",
      swiftSettings: strict),
    .testTarget(
      name: "KubernetesStandInTests",
      dependencies: [
        "KubernetesStandIn", "CloudNativePG", "DrillParts", "Kubernetes", "PgBackRest",
        "PostgresServers", "Sandbox", "Transports", "RecoveryModel", "StandInServer", "TestSupport",
      ],
      swiftSettings: strict),
    .testTarget(name: "YAMLReadingTests", dependencies: ["YAMLReading"], swiftSettings: strict),
    // A bucket without a network.
    .target(
      name: "ObjectStoreStandIn",
      dependencies: ["ObjectStores", "RecoveryModel", "Transports"],
      path: "Tests/ObjectStoreStandIn",
      swiftSettings: strict),
    .testTarget(
      name: "ObjectStoresTests",
      dependencies: [
        "BarmanCloud", "ObjectStores", "ObjectStoreStandIn", "PostgresServers", "Transports",
        "RecoveryModel",
        "TestSupport",
      ],
      resources: [.copy("Fixtures")],
      swiftSettings: strict),
    .testTarget(
      name: "RecoveryModelTests",
      dependencies: ["RecoveryModel", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "EngineTests",
      dependencies: [
        "LocalFiles",
        "pgvigil", "CNcurses", "CTerminal",
        "BarmanCloud", "KubernetesStandIn", "CloudNativePG", "DrillParts", "Kubernetes",
        "ManifestLint", "ObjectStores", "ObjectStoreStandIn", "PgBackRest", "PostgresServers",
        "RecoveryService", "Sandbox",
        "Transports", "RecoveryModel", "TestSupport",
      ],
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
        "ConsoleRuntime", "CTerminal", "ConsoleUI", "RecoveryModel", "RecoveryService",
        "TextScreen",
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
      dependencies: [
        "CommandLineUI", "ManifestLint", "RecoveryService", "RecoveryModel", "TestSupport",
      ],
      resources: [.copy("Fixtures")],
      swiftSettings: strict),
    .testTarget(
      name: "ArchitectureTests",
      dependencies: [
        "pgvigil", "CNcurses", "CTerminal",
        "CommandLineUI", "ConsoleUI", "CloudNativePG", "DrillParts", "Kubernetes", "PgBackRest",
        "PostgresServers", "Sandbox", "Transports", "ManifestLint", "RecoveryModel",
        "RecoveryService", "TestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "LiveTests",
      dependencies: [
        "LocalFiles",
        "BarmanCloud", "KubernetesStandIn", "CloudNativePG", "DrillParts", "Kubernetes",
        "ObjectStores", "ObjectStoreStandIn", "PgBackRest",
        "PostgresServers", "Sandbox", "Transports", "RecoveryService", "RecoveryModel",
        "TestSupport",
        "pgvigil",
      ],
      swiftSettings: strict),
  ]
)
