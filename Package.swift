// swift-tools-version: 6.3
import PackageDescription

/// Every Swift target is held to the same bar.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "xenkeeper",
    products: [
        .executable(name: "xenkeeper", targets: ["xenkeeper"]),
        .executable(name: "xenkeeperd", targets: ["xenkeeperd"]),
        // The driver, for a program that manages the domains of a Xen host itself: the real host is opened with LibxlHost,
        // and the other targets have the types of what the driver takes, returns and throws.
        .library(
            name: "XenDriver",
            targets: [
                "XenDriver", "DomainXML", "LibXML", "LibxlAPI", "LibxlHost", "LibxlTranslation", "XLConfig", "XenModel",
                "XenUnits",
            ]),
        // The fake Xen host, for anyone who tests Xen tooling on a machine without Xen.
        .library(name: "LibxlFake", targets: ["LibxlFake", "LibxlAPI", "XenUnits"]),
    ],
    dependencies: [
        // Parses the command line, so that verbs, flags and --help are declared and not written by hand.
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        // The logging façade that an embedding daemon can redirect.
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        // Typed paths, descriptors and errno: the state files and locks need exact system calls.
        .package(url: "https://github.com/apple/swift-system", from: "1.8.0"),
        // The façade of the service's counters, which an operator's collector stands behind.
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        // Starts the service's parts and ends them in order when systemd says so.
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        // Reads the service's configuration: a format with comments that administrators know.
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        // Runs the built program in tests: Foundation's Process leaks, which the address sanitizer sees.
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0", traits: []),
    ],
    targets: [
        .systemLibrary(
            name: "CLibXML2", path: "CShims/CLibXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
        // What the shims of all Xen releases are asked for: a header. The shims themselves, which need Xen's, are built by
        // Scripts/shim and loaded at run time.
        .systemLibrary(name: "CXenInterface", path: "CShims/CXenInterface"),
        // What forks and signals need, where Swift may not run.
        .target(name: "CProcess", path: "CShims/CProcess"),
        .target(name: "XenUnits", exclude: ["README.md"], swiftSettings: strict),
        .target(name: "XenModel", dependencies: ["XenUnits"], exclude: ["README.md"], swiftSettings: strict),
        .target(name: "LibXML", dependencies: ["CLibXML2"], exclude: ["README.md"], swiftSettings: strict),
        .target(
            name: "DomainXML", dependencies: ["XenModel", "XenUnits", "LibXML"], exclude: ["README.md"],
            swiftSettings: strict),
        .target(name: "LibxlAPI", dependencies: ["XenUnits"], exclude: ["README.md"], swiftSettings: strict),
        .target(
            name: "LibxlFake",
            dependencies: ["XenUnits", "LibxlAPI", .product(name: "SystemPackage", package: "swift-system")],
            exclude: ["README.md"], swiftSettings: strict),
        .target(
            name: "LibxlHost", dependencies: ["CProcess", "CXenInterface", "XenUnits", "LibxlAPI"],
            exclude: ["README.md"], swiftSettings: strict),
        .target(
            name: "XLConfig", dependencies: ["XenModel", "XenUnits"], exclude: ["README.md"], swiftSettings: strict),
        .target(
            name: "LibxlTranslation", dependencies: ["XenModel", "XenUnits", "LibxlAPI"], exclude: ["README.md"],
            swiftSettings: strict),
        .target(
            name: "XenDriver",
            dependencies: [
                "CProcess", "XenModel", "XenUnits", "DomainXML", "LibxlAPI", "LibxlTranslation", "XLConfig",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            exclude: ["README.md"], swiftSettings: strict),
        .target(
            name: "XenService",
            dependencies: [
                "XenModel", "XenUnits", "LibxlAPI", "XenDriver",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            exclude: ["README.md"], swiftSettings: strict),
        .target(
            name: "XenCommands",
            dependencies: [
                "XenModel", "XenUnits", "XenDriver", "XenService", "LibXML",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            exclude: ["README.md"], swiftSettings: strict),
        // What the two programs share: the host behind a connection.
        .target(
            name: "HostOpening",
            dependencies: [
                "XenCommands", "XenDriver", "LibxlFake", "LibxlAPI", "LibxlHost", "XenUnits",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            exclude: ["README.md"], swiftSettings: strict),
        .executableTarget(
            name: "xenkeeper",
            dependencies: ["CProcess", "HostOpening", "XenCommands", "LibxlHost", "XenUnits"],
            exclude: ["README.md"], swiftSettings: strict),
        .executableTarget(
            name: "xenkeeperd",
            dependencies: [
                "HostOpening", "XenCommands", "XenDriver", "XenService", "XenUnits",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "Yams", package: "Yams"),
            ],
            exclude: ["README.md", "xenkeeperd.service", "xenkeeper-guests.service"], swiftSettings: strict),
        .target(
            name: "LibxlTestKit",
            dependencies: [
                "LibxlAPI", "LibxlFake", "LibxlHost", "XenUnits",
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            path: "Tests/LibxlTestKit", swiftSettings: strict),
        .testTarget(name: "XenUnitsTests", dependencies: ["XenUnits"], swiftSettings: strict),
        .testTarget(name: "XenModelTests", dependencies: ["XenModel", "XenUnits"], swiftSettings: strict),
        .testTarget(name: "LibXMLTests", dependencies: ["LibXML"], swiftSettings: strict),
        .testTarget(
            name: "DomainXMLTests",
            dependencies: [
                "XenModel", "XenUnits", "DomainXML", "LibXML", "LibxlTestKit",
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            resources: [.copy("Fixtures")], swiftSettings: strict),
        .target(
            name: "XLTestKit",
            dependencies: [
                "XenModel", "XenUnits", "DomainXML", "LibxlAPI", "LibxlTestKit", "LibxlTranslation", "XLConfig",
            ],
            path: "Tests/XLTestKit", swiftSettings: strict),
        .testTarget(
            name: "XLConfigTests",
            dependencies: ["XenModel", "XenUnits", "LibxlTranslation", "XLConfig", "LibxlTestKit", "XLTestKit"],
            resources: [.copy("Recorded")], swiftSettings: strict),
        .testTarget(
            name: "LibxlAPITests", dependencies: ["LibxlAPI", "LibxlTestKit", "XenUnits"], swiftSettings: strict),
        .testTarget(
            name: "LibxlTranslationTests",
            dependencies: ["XenModel", "XenUnits", "DomainXML", "LibxlAPI", "LibxlTestKit", "LibxlTranslation"],
            resources: [.copy("Fixtures")], swiftSettings: strict),
        .testTarget(
            name: "LibxlContractTests", dependencies: ["LibxlAPI", "LibxlTestKit", "XenUnits"],
            swiftSettings: strict),
        .testTarget(
            name: "LibxlFakeTests",
            dependencies: [
                "LibxlAPI", "LibxlFake", "XenUnits", .product(name: "SystemPackage", package: "swift-system"),
            ],
            resources: [.copy("States")], swiftSettings: strict),
        .target(
            name: "FakeLibxlShim", dependencies: ["CXenInterface"], path: "Tests/FakeLibxlShim"),
        .testTarget(
            name: "LibxlHostTests",
            dependencies: [
                "CXenInterface", "FakeLibxlShim", "LibxlAPI", "LibxlFake", "LibxlHost", "LibxlTestKit", "XenDriver",
                "XenModel", "XenUnits",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "XenDriverTests",
            dependencies: [
                "XenModel", "XenUnits", "DomainXML", "LibxlAPI", "LibxlFake", "LibxlTestKit", "LibxlTranslation",
                "XenDriver",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "XenServiceTests",
            dependencies: [
                "XenModel", "XenUnits", "LibxlAPI", "LibxlFake", "LibxlTestKit", "XenDriver", "XenService",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "XenCommandsTests",
            dependencies: [
                "XenModel", "XenUnits", "LibxlAPI", "LibxlFake", "LibxlTestKit", "XenDriver", "XenCommands",
                "HostOpening", "xenkeeper", "xenkeeperd",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            exclude: ["Virsh"], resources: [.copy("Statuses")], swiftSettings: strict),
    ]
)
