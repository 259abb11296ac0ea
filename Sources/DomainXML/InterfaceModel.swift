/// The models of NIC that a driver without the feature `netModelStrings` knows, by their `model/@type`.
///
/// `netfront` is Xen's own NIC; the others are emulated. Source: libvirt's domain format and QEMU's NICs.
public enum InterfaceModel: String, Hashable, Sendable, CaseIterable {
    case netfront
    case e1000
    case e1000e
    case rtl8139
    case ne2kPCI = "ne2k_pci"
    case ne2kISA = "ne2k_isa"
    case pcnet
    case virtio
    case i82551
    case i82557b
    case i82559er
}
