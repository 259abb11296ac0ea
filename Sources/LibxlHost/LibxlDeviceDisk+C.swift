#if Xen
import CLibxl
import CXenShim
import LibxlAPI
import XenUnits

extension LibxlDeviceDisk: LibxlStructure {
    static func initialise(_ structure: UnsafeMutablePointer<libxl_device_disk>, _ libxl: LibxlFunctions) {
        cxen_device_disk_init(libxl.table, structure)
    }

    static func dispose(_ structure: UnsafeMutablePointer<libxl_device_disk>, _ libxl: LibxlFunctions) {
        cxen_device_disk_dispose(libxl.table, structure)
    }

    func fill(_ structure: UnsafeMutablePointer<libxl_device_disk>, _ libxl: LibxlFunctions) throws(Unfit) {
        structure.pointee.backend_domid = backendDomainID.rawValue
        structure.pointee.backend_domname = try backendDomainName.duplicated(for: "backend_domname")
        structure.pointee.pdev_path = try pdevPath.duplicated(for: "pdev_path")
        structure.pointee.vdev = try vdev.duplicated(for: "vdev")
        structure.pointee.backend = backend.cValue
        structure.pointee.format = format.cValue
        structure.pointee.script = try script.duplicated(for: "script")
        structure.pointee.removable = removable ? 1 : 0
        structure.pointee.readwrite = readwrite ? 1 : 0
        structure.pointee.is_cdrom = isCDROM ? 1 : 0
        structure.pointee.direct_io_safe = directIOSafe
        structure.pointee.discard_enable.set(discardEnable)
        structure.pointee.trusted.set(trusted)
    }

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
