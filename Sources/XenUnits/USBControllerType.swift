/// What a USB controller is to Xen. The raw value is libxl's word. Source: `libxl_usbctrl_type`.
public enum USBControllerType: String, Hashable, Sendable, Codable, CaseIterable {
    /// libxl chooses by the guest's type and what the host's kernel can serve.
    case auto
    /// Xen's own, served by the kernel of the backend's domain.
    case pv
    /// Xen's own, served by QEMU.
    case qusb
    /// An emulated one of the device model, which needs no Xen driver in the guest.
    case deviceModel = "devicemodel"
}
