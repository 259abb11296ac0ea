import LibxlAPI
import XenModel
import XenUnits

extension DeviceTreeDevice: TranslatedDevice {
    static var probes: [DeviceProbe] {
        let of = DeviceProbes<DeviceTreeDevice>()
        return [of.always("@path") { $0.path += "x" }]
    }

    var numberedList: String? { LibxlDeviceDTDev.listName }

    func told(as devid: DeviceID, to guest: ToldGuest) throws(Untranslatable) -> ToldDevice? {
        ToldDevice(LibxlDeviceDTDev(path: path))
    }
}
