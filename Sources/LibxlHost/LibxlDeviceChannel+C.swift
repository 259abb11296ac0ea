#if Xen
import CLibxl
import LibxlAPI
import XenUnits

extension LibxlDeviceChannel: LibxlConfigPart {
    static var array: WritableKeyPath<libxl_domain_config, UnsafeMutablePointer<CStructure>?> { \.channels }
    static var count: WritableKeyPath<libxl_domain_config, Int32> { \.num_channels }

    static func initialise(_ structure: UnsafeMutablePointer<libxl_device_channel>) {
        libxl_device_channel_init(structure)
    }

    func fill(_ structure: inout libxl_device_channel) throws(Unfit) {
        structure.backend_domid = backendDomainID.rawValue
        structure.backend_domname = try backendDomainName.duplicated(for: "backend_domname")
        structure.devid = devid.rawValue
        structure.name = try name.duplicated(for: "name")
        switch connection {
        case .pty: libxl_device_channel_init_connection(&structure, LIBXL_CHANNEL_CONNECTION_PTY)
        case .socket(let path):
            libxl_device_channel_init_connection(&structure, LIBXL_CHANNEL_CONNECTION_SOCKET)
            structure.u.socket.path = try path.duplicated(for: "path")
        }
    }
}
#endif
