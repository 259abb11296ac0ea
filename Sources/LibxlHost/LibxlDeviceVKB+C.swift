#if Xen
import CLibxl
import CXenShim
import LibxlAPI
import XenUnits

extension LibxlDeviceVKB: LibxlDevicePart {
    static var array: WritableKeyPath<libxl_domain_config, UnsafeMutablePointer<CStructure>?> { \.vkbs }
    static var count: WritableKeyPath<libxl_domain_config, Int32> { \.num_vkbs }
    static var cKind: cxen_kind { CXEN_VKB }

    static func initialise(_ structure: UnsafeMutablePointer<libxl_device_vkb>) {
        libxl_device_vkb_init(structure)
    }

    func fill(_ structure: inout libxl_device_vkb) throws(Unfit) {
        structure.backend_domid = backendDomainID.rawValue
        structure.backend_domname = try backendDomainName.duplicated(for: "backend_domname")
        structure.devid = devid.rawValue
        if let backend { structure.backend_type = backend.cValue }
        structure.unique_id = try uniqueID.duplicated(for: "unique_id")
        structure.feature_disable_keyboard = disableKeyboard
        structure.feature_disable_pointer = disablePointer
        structure.feature_abs_pointer = absolutePointer
        structure.feature_raw_pointer = rawPointer
        structure.feature_multi_touch = multiTouch
        structure.width = width
        structure.height = height
        structure.multi_touch_width = multiTouchWidth
        structure.multi_touch_height = multiTouchHeight
        structure.multi_touch_num_contacts = multiTouchContacts
    }
}
#endif
