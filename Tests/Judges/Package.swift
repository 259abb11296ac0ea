// swift-tools-version: 6.3
import PackageDescription

// The programs that judge the project from outside: fuzzers, the bench and the conformance run. A package of its own, so
// that nobody who builds Xenkeeper builds them; `Sources` and `CShims` are links to the project's.

/// The bar that every Swift target of the project is held to.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "judges",
    dependencies: [
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.0"),
    ],
    targets: [
        // What is judged, as the project's own manifest has it.
        .systemLibrary(
            name: "CLibXML2", path: "CShims/CLibXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
        .target(name: "CProcess", path: "CShims/CProcess"),
        .target(name: "XenUnits", exclude: ["README.md"], swiftSettings: strict),
        .target(name: "XenModel", dependencies: ["XenUnits"], exclude: ["README.md"], swiftSettings: strict),
        .target(name: "LibXML", dependencies: ["CLibXML2"], exclude: ["README.md"], swiftSettings: strict),
        .target(
            name: "DomainXML", dependencies: ["XenModel", "XenUnits", "LibXML"], exclude: ["README.md"],
            swiftSettings: strict),
        .target(name: "LibxlAPI", dependencies: ["XenUnits"], exclude: ["README.md"], swiftSettings: strict),
        .target(
            name: "LibxlTranslation", dependencies: ["XenModel", "XenUnits", "LibxlAPI"], exclude: ["README.md"],
            swiftSettings: strict),
        .target(
            name: "XLConfig", dependencies: ["XenModel", "XenUnits"], exclude: ["README.md"], swiftSettings: strict),
        .target(
            name: "LibxlTestKit", dependencies: ["LibxlAPI", "XenUnits"], path: "LibxlTestKit",
            sources: ["Generator.swift", "Leaves.swift", "Purposes.swift", "SeededGenerator.swift"],
            swiftSettings: strict),
        .target(
            name: "XLTestKit",
            dependencies: [
                "DomainXML", "LibxlAPI", "LibxlTestKit", "LibxlTranslation", "XLConfig", "XenModel", "XenUnits",
            ],
            path: "XLTestKit", swiftSettings: strict),
        .target(
            name: "LibxlFake",
            dependencies: ["XenUnits", "LibxlAPI", .product(name: "SystemPackage", package: "swift-system")],
            exclude: ["README.md"], swiftSettings: strict),
        .target(
            name: "XenDriver",
            dependencies: [
                "CProcess", "XenModel", "XenUnits", "DomainXML", "LibxlAPI", "LibxlTranslation", "XLConfig",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            exclude: ["README.md"], swiftSettings: strict),

        .executableTarget(
            name: "conformance",
            dependencies: [
                "XenModel", "XenUnits", "LibXML", "DomainXML", "LibxlAPI", "LibxlTestKit", "LibxlTranslation",
                "XLConfig",
            ],
            path: "ConformanceTests", exclude: ["differences"], swiftSettings: strict),
        .executableTarget(
            name: "judge-xl",
            dependencies: [
                "DomainXML", "LibxlAPI", "LibxlTestKit", "LibxlTranslation", "XLConfig", "XLTestKit", "XenModel",
                "XenUnits",
            ],
            path: "xl", exclude: ["stub.c"], swiftSettings: strict),
        .executableTarget(
            name: "judge-libvirt",
            dependencies: ["DomainXML", "LibXML", "LibxlTestKit", "XLTestKit", "XenModel", "XenUnits"],
            path: "libvirt", exclude: ["differences", "stub.c"], swiftSettings: strict),
        .executableTarget(
            name: "reading", dependencies: ["DomainXML", "XenModel"], path: "reading",
            exclude: ["compare", "differences"],
            swiftSettings: strict),
        .executableTarget(
            name: "bench", dependencies: ["DomainXML", "LibxlAPI", "LibxlTranslation", "XenModel"], path: "bench",
            exclude: ["libvirt-round"], swiftSettings: strict),
        .executableTarget(
            name: "scale",
            dependencies: [
                "LibxlFake", "XenDriver", "XenUnits", .product(name: "Logging", package: "swift-log"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            path: "scale", exclude: ["measure", "service"], swiftSettings: strict),
        .target(
            name: "FuzzKit",
            dependencies: ["DomainXML", "LibxlAPI", "LibxlTranslation", "XenModel"],
            path: "FuzzKit", swiftSettings: strict),
        .executableTarget(
            name: "fuzz-domain-xml", dependencies: ["FuzzKit", "DomainXML", "XenModel"], path: "fuzz-domain-xml",
            swiftSettings: strict),
        .executableTarget(
            name: "fuzz-device-xml", dependencies: ["FuzzKit", "DomainXML", "LibXML", "XenModel"],
            path: "fuzz-device-xml", swiftSettings: strict),
        .executableTarget(
            name: "fuzz-xl-cfg", dependencies: ["FuzzKit", "XLConfig", "XenModel"], path: "fuzz-xl-cfg",
            exclude: ["seeds"], swiftSettings: strict),
        .executableTarget(
            name: "fuzz-state",
            dependencies: [
                "FuzzKit", "LibxlFake", "XenDriver", "XenUnits", .product(name: "Logging", package: "swift-log"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            path: "fuzz-state", swiftSettings: strict),
    ]
)
