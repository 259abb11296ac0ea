/// A kind of device, by its element's name in a domain document.
///
/// The raw value is that name. Source: `/domain/devices/*`.
public enum DeviceClass: String, Hashable, Sendable, Codable, CaseIterable {
    case disk
    case interface
}
