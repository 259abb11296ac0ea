#if Xen
import CLibxl
import CXenShim
import LibxlAPI
import XenUnits

extension LibxlDeviceNIC: LibxlDevicePart {
    static var array: WritableKeyPath<libxl_domain_config, UnsafeMutablePointer<CStructure>?> { \.nics }
    static var count: WritableKeyPath<libxl_domain_config, Int32> { \.num_nics }
    static var cKind: cxen_kind { CXEN_NIC }

    static func initialise(_ structure: UnsafeMutablePointer<libxl_device_nic>) {
        libxl_device_nic_init(structure)
    }

    func fill(_ structure: inout libxl_device_nic) throws(Unfit) {
        structure.backend_domid = backendDomainID.rawValue
        structure.backend_domname = try backendDomainName.duplicated(for: "backend_domname")
        structure.devid = devid.rawValue
        if let mtu {
            guard let number = Int32(exactly: mtu) else {
                throw Unfit(field: "mtu", reason: "\(mtu) is more than \(Int32.max)")
            }
            structure.mtu = number
        }
        structure.model = try model.duplicated(for: "model")
        withUnsafeMutableBytes(of: &structure.mac) { octets in
            for index in octets.indices { octets[index] = UInt8(truncatingIfNeeded: mac.bits >> (40 - 8 * index)) }
        }
        structure.ip = try ip.duplicated(for: "ip")
        structure.bridge = try bridge.duplicated(for: "bridge")
        structure.ifname = try ifname.duplicated(for: "ifname")
        structure.script = try script.duplicated(for: "script")
        structure.nictype = nictype.cValue
        structure.rate_bytes_per_interval = rateBytesPerInterval ?? 0
        structure.rate_interval_usecs = rateIntervalMicroseconds ?? 0
        structure.gatewaydev = try gatewayDevice.duplicated(for: "gatewaydev")
        structure.trusted.set(trusted)
    }
}

extension LibxlDeviceNIC: LibxlListedPart {
    /// What libxl says of a NIC; 0 stands for "not set" where it does in libxl.
    init(_ structure: libxl_device_nic) {
        let bits = withUnsafeBytes(of: structure.mac) { $0.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
        self.init(
            devid: DeviceID(rawValue: structure.devid), mac: MACAddress(bits: bits),
            nictype: LibxlNICType(structure.nictype) ?? .unknown,
            backendDomainID: DomainID(rawValue: structure.backend_domid))
        backendDomainName = structure.backend_domname.text
        mtu = UInt32(exactly: structure.mtu).flatMap { $0 == 0 ? nil : $0 }
        model = structure.model.text
        ip = structure.ip.text
        bridge = structure.bridge.text
        ifname = structure.ifname.text
        script = structure.script.text
        rateBytesPerInterval = structure.rate_bytes_per_interval == 0 ? nil : structure.rate_bytes_per_interval
        rateIntervalMicroseconds = structure.rate_interval_usecs == 0 ? nil : structure.rate_interval_usecs
        gatewayDevice = structure.gatewaydev.text
        trusted = structure.trusted.value
    }
}
#endif
