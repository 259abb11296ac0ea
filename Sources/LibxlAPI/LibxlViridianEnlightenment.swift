/// Something that Microsoft's hypervisor tells its guests. Its JSON is libxl's number of it, as in libxl's bitmaps.
///
/// Source: `libxl_viridian_enlightenment`.
public enum LibxlViridianEnlightenment: UInt32, Hashable, Sendable, Codable, CaseIterable {
    case base
    case freq
    case timeRefCount
    case referenceTSC
    case hcallRemoteTLBFlush
    case apicAssist
    case crashCtl
    case synic
    case stimer
    case hcallIPI
    case exProcessorMasks
    case noVPLimit
    case cpuHotplug
}
