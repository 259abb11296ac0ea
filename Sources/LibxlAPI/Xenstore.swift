public import XenUnits

/// What the toolstack reads of xenstore; libxl does all the writing.
public protocol Xenstore: Sendable {
    /// The value of a node; nil if there is no such node.
    func read(_ path: XenstorePath) async throws(XenstoreError) -> String?

    /// The values of several nodes in the order of `paths`, nil for one that is not there. They need not be of one moment.
    func read(_ paths: [XenstorePath]) async throws(XenstoreError) -> [String?]

    /// The names of a node's children, sorted; nil if there is no such node.
    func list(_ path: XenstorePath) async throws(XenstoreError) -> [String]?

    /// Yields `path` at the start, and after each change at or below it the node that changed; of a node that went with all
    /// below it maybe that one alone, and of one that changed twice maybe once. Ends when the iterating task is cancelled,
    /// or when xenstore goes away.
    func watch(_ path: XenstorePath) -> AsyncStream<XenstorePath>
}

extension Xenstore {
    public func read(_ paths: [XenstorePath]) async throws(XenstoreError) -> [String?] {
        var values: [String?] = []
        for path in paths { values.append(try await read(path)) }
        return values
    }
}

/// The absolute name of a xenstore node: parts joined by `/`.
public struct XenstorePath: Hashable, Sendable, CustomStringConvertible {
    /// The whole path, beginning with `/`.
    public let text: String

    /// The node at `text`, which begins with `/` and does not end with one.
    public init(_ text: String) {
        self.text = text
    }

    /// The child `name` of this node.
    public func appending(_ name: String) -> XenstorePath {
        XenstorePath(text + "/" + name)
    }

    public var description: String { text }

    /// libxl's own record of a device; below it `backend`, `frontend` and more. `/libxl/DOMID/device/KIND/DEVID`.
    public static func libxlDevice(_ identity: DeviceIdentity, of domid: DomainID) -> XenstorePath {
        libxlDevices(kind: identity.xenstoreKind, of: domid).appending("\(identity.devid)")
    }

    /// libxl's own records of the devices of one kind. `/libxl/DOMID/device/KIND`.
    public static func libxlDevices(kind: String, of domid: DomainID) -> XenstorePath {
        libxlDevices(of: domid).appending(kind)
    }

    /// Where libxl keeps its own records of all domains. `/libxl`.
    public static let libxlDomains = XenstorePath("/libxl")

    /// The domain whose record this is, or is a part of; nil for another node.
    public var libxlDomain: DomainID? {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), maxSplits: 2)
        guard parts.count > 1, parts[0].elementsEqual("libxl".utf8) else { return nil }
        return UInt32(Substring(parts[1])).map(DomainID.init(rawValue:))
    }

    /// libxl's own records of devices, below it one for each kind that there has been. `/libxl/DOMID/device`.
    public static func libxlDevices(of domid: DomainID) -> XenstorePath {
        XenstorePath("/libxl/\(domid)/device")
    }

    /// Domain-0's end of the one device of xenstore's that all PCI devices of a domain are parts of; libxl keeps no record
    /// of it. `/local/domain/0/backend/pci/DOMID/0`.
    public static func pciBackend(of domid: DomainID) -> XenstorePath {
        XenstorePath("/local/domain/0/backend/pci/\(domid)/0")
    }

    /// libxl's note of whose a PCI device of the host's is; while it is there the device is assignable to nobody.
    /// `/libxl/pci/DDDD-BB-SS-F/domid`. Source: libxl's `PCI_INFO_PATH`, `PCI_BDF_XSPATH`.
    public static func pciOwner(of host: PCIAddress) -> XenstorePath {
        let name = "\(host)".split { $0 == ":" || $0 == "." }.joined(separator: "-")
        return XenstorePath("/libxl/pci/\(name)/domid")
    }

    /// The guest's end of a device. `/local/domain/DOMID/device/KIND/DEVID`.
    public static func frontend(_ identity: DeviceIdentity, of domid: DomainID) -> XenstorePath {
        XenstorePath("/local/domain/\(domid)/device/\(identity.xenstoreKind)/\(identity.devid)")
    }
}

/// Where a device's backend is: the parts of `/local/domain/BACKEND/backend/KIND/DOMID/DEVID`.
package struct XenstoreBackendPath: Hashable, Sendable {
    /// The domain that serves the device.
    package let backendDomainID: DomainID
    /// The backend's kind: `vif`, `vbd`, `qdisk` …
    package let kind: String
    /// The node.
    package let path: XenstorePath

    /// Reads the value of a device's `backend` node; nil for a text of another form.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 8, parts[0].isEmpty, parts[1] == "local", parts[2] == "domain", parts[4] == "backend",
            let domid = UInt32(parts[3])
        else { return nil }
        backendDomainID = DomainID(rawValue: domid)
        kind = String(parts[5])
        path = XenstorePath(text)
    }
}

/// The state of one end of a device. Source: `xenbus_state` of xen/io/xenbus.h.
package enum XenbusState: Int, Hashable, Sendable, Codable {
    case unknown = 0
    case initialising = 1
    case initWait = 2
    case initialised = 3
    case connected = 4
    case closing = 5
    case closed = 6
    case reconfiguring = 7
    case reconfigured = 8
}

/// xenstore did not answer.
public struct XenstoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The node that was asked for.
    public let path: XenstorePath
    /// What went wrong, as the system says it.
    public let reason: String

    /// xenstore's refusal of `path`.
    public init(path: XenstorePath, reason: String) {
        self.path = path
        self.reason = reason
    }

    public var description: String { "xenstore: \(path): \(reason)" }
}
