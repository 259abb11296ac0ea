package import XenUnits

/// A device that this driver keeps and shows and can say nothing of to Xen.
///
/// It has its alias and address like any other, and is printed as it was read. Source: `/domain/devices/*`, for those
/// elements, types and models that Xen cannot express.
package struct OpaqueDevice: Hashable, Sendable {
    package var deviceClass: DeviceClass
    /// The whole element but for its `alias` and `address`.
    package var element: OpaqueElement
    package var handle: DeviceHandle

    /// The device that `element` describes.
    package init(deviceClass: DeviceClass, element: OpaqueElement, alias: DeviceAlias? = nil) {
        self.deviceClass = deviceClass
        self.element = element
        handle = DeviceHandle(alias: alias)
    }
}

extension OpaqueDevice: DeviceModel {
    /// None of its own: it is of any class whose element says something that Xen cannot express.
    package static var classes: [DeviceClass] { [] }
    package var asDevice: Device { .opaque(self) }
    package var familiarName: String { element.attributes.first?.value ?? deviceClass.rawValue }
}

/// An element of a document that is kept and not understood.
public struct OpaqueElement: Hashable, Sendable {
    public var name: String
    /// In document order.
    public var attributes: [Attribute]
    /// In document order.
    public var content: [Node]

    /// An element of this name with nothing in it.
    public init(_ name: String, attributes: [Attribute] = [], content: [Node] = []) {
        self.name = name
        self.attributes = attributes
        self.content = content
    }

    /// One attribute, in no namespace.
    public struct Attribute: Hashable, Sendable {
        public var name: String
        public var value: String

        /// An attribute of this name and value.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// What stands between an element's tags.
    public indirect enum Node: Hashable, Sendable {
        case element(OpaqueElement)
        case text(String)
    }
}
