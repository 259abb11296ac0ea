// swift-tools-version: 6.3
import PackageDescription

let package = Package(
    name: "fake-example",
    dependencies: [.package(name: "xenkeeper", path: "../../..")],
    targets: [
        .executableTarget(
            name: "fake-example",
            dependencies: [.product(name: "LibxlFake", package: "xenkeeper")],
            path: "Sources", swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)])
    ]
)
