#if Xen
import CLibxl
import CXenShim
import LibxlAPI
import XenUnits

extension LibxlDeviceDisk: LibxlDevicePart {
    static var array: WritableKeyPath<libxl_domain_config, UnsafeMutablePointer<CStructure>?> { \.disks }
    static var count: WritableKeyPath<libxl_domain_config, Int32> { \.num_disks }
    static var cKind: cxen_kind { CXEN_DISK }

    static func initialise(_ structure: UnsafeMutablePointer<libxl_device_disk>) {
        libxl_device_disk_init(structure)
    }

    func fill(_ structure: inout libxl_device_disk) throws(Unfit) {
        structure.backend_domid = backendDomainID.rawValue
        structure.backend_domname = try backendDomainName.duplicated(for: "backend_domname")
        structure.pdev_path = try pdevPath.duplicated(for: "pdev_path")
        structure.vdev = try vdev.duplicated(for: "vdev")
        structure.backend = backend.cValue
        structure.format = format.cValue
        structure.script = try script.duplicated(for: "script")
        structure.removable = removable ? 1 : 0
        structure.readwrite = readwrite ? 1 : 0
        structure.is_cdrom = isCDROM ? 1 : 0
        structure.direct_io_safe = directIOSafe
        structure.discard_enable.set(discardEnable)
        structure.trusted.set(trusted)
    }
}

extension LibxlDeviceDisk: LibxlListedPart {
    /// What libxl says of a disk; nil for one that has no vdev, of which nothing can be asked.
    init?(_ structure: libxl_device_disk) {
        guard let vdev = structure.vdev.text else { return nil }
        self.init(
            vdev: vdev, pdevPath: structure.pdev_path.text, format: DiskFormat(structure.format) ?? .unknown,
            backendDomainID: DomainID(rawValue: structure.backend_domid))
        backendDomainName = structure.backend_domname.text
        backend = DiskBackend(structure.backend) ?? .unknown
        script = structure.script.text
        removable = structure.removable != 0
        readwrite = structure.readwrite != 0
        isCDROM = structure.is_cdrom != 0
        directIOSafe = structure.direct_io_safe
        discardEnable = structure.discard_enable.value
        trusted = structure.trusted.value
    }
}
#endif
