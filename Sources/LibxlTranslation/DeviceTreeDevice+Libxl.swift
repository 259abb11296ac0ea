import LibxlAPI
import XenModel
import XenUnits

extension DeviceTreeDevice: TranslatedDevice {
    static var probes: [DeviceProbe] {
        let of = DeviceProbes<DeviceTreeDevice>()
        return [of.always("@path") { $0.path += "x" }]
    }

    var numberedList: String? { LibxlDeviceDTDev.listName }

    func libxlDevice(as devid: DeviceID, for guest: TargetGuest) throws(Untranslatable) -> PassedDevice? {
        PassedDevice(LibxlDeviceDTDev(path: path))
    }
}
