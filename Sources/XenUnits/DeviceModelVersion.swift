/// Which of Xen's device models. The raw value is libxl's word. Source: `libxl_device_model_version`.
public enum DeviceModelVersion: String, Hashable, Sendable, Codable, CaseIterable {
    case qemuXenTraditional = "qemu_xen_traditional"
    case qemuXen = "qemu_xen"
}
