/// What a driver can make of a document beyond the common ground; a document that needs more is refused.
///
/// Each has the meaning of libvirt's parser feature of like name. A driver declares its own set; a feature without a
/// reader yet changes nothing, and the elements that it is about are reported as not supported.
public struct ParseFeatures: OptionSet, Hashable, Sendable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// Devices may carry a user's alias; without it one is an error. Read.
    public static let userAliases = ParseFeatures(rawValue: 1 << 0)
    /// `os/@firmware` chooses a firmware by description. No reader yet.
    public static let firmwareAutoselection = ParseFeatures(rawValue: 1 << 1)
    /// A NIC's model may be any word; without it a word outside `InterfaceModel` is an error. Read.
    public static let netModelStrings = ParseFeatures(rawValue: 1 << 2)
    /// `maxMemory` and memory devices. No reader yet.
    public static let memoryHotplug = ParseFeatures(rawValue: 1 << 3)
    /// Processors that are off line may be pinned. No reader yet.
    public static let offlineVCPUPin = ParseFeatures(rawValue: 1 << 4)
    /// `vcpus/vcpu` names processors one by one. No reader yet.
    public static let individualVCPUs = ParseFeatures(rawValue: 1 << 5)
    /// A disk's source may be a descriptor that was handed over. No reader yet.
    public static let diskFileDescriptor = ParseFeatures(rawValue: 1 << 6)
}
