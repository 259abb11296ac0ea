package import LibxlAPI
public import XenModel
package import XenUnits

extension LibxlDeviceP9 {
    /// What libxl is given for a directory that the guest can mount, at start or while it runs.
    ///
    /// Source: `/domain/devices/filesystem`.
    package init(_ filesystem: Filesystem, devid: DeviceID) throws(Untranslatable) {
        guard !filesystem.isReadOnly else { throw filesystem.untranslatable("readonly", .readOnlyFilesystem) }
        if filesystem.accessMode == .mapped {
            throw filesystem.untranslatable("@accessmode", .unsupported(.filesystemAccess, "mapped"))
        }
        // The one word that libxl takes: owners and modes go through as they are.
        self.init(tag: filesystem.target, path: filesystem.source, securityModel: "none", devid: devid)
        backendDomainName = filesystem.backendDomain
    }
}

extension Filesystem: TranslatedDevice {
    static var probes: [DeviceProbe] {
        let of = DeviceProbes<Filesystem>()
        return [
            of.always("source/@dir") { $0.source += "x" },
            of.always("target/@dir") { $0.target += "x" },
            of.optional("@accessmode", \.accessMode),
            of.optional("xenkeeper:backenddomain/@name", \.backendDomain),
        ]
    }

    var numberedList: String? { LibxlDeviceP9.listName }

    func libxlDevice(as devid: DeviceID, for guest: TargetGuest) throws(Untranslatable) -> PassedDevice? {
        PassedDevice(try LibxlDeviceP9(self, devid: devid))
    }

    fileprivate func untranslatable(_ part: String, _ reason: Untranslatable.Reason) -> Untranslatable {
        Untranslatable(path: "/domain/devices/filesystem/\(part)", device: target, reason: reason)
    }
}
