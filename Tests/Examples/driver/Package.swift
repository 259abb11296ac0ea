// swift-tools-version: 6.3
import PackageDescription

let package = Package(
    name: "driver-example",
    dependencies: [
        .package(name: "xenkeeper", path: "../../.."),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.0"),
    ],
    targets: [
        .executableTarget(
            name: "driver-example",
            dependencies: [
                .product(name: "XenDriver", package: "xenkeeper"), .product(name: "LibxlFake", package: "xenkeeper"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            path: "Sources", swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)])
    ]
)
