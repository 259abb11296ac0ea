#if Xen
import CLibxl
import LibxlAPI

extension libxl_cpuid_policy_list? {
    /// Adds policies to the list, which libxl's parser alone can make.
    mutating func set(_ policies: [LibxlCPUIDPolicy], for field: String) throws(Unfit) {
        for policy in policies {
            let text = try policy.text(for: field)
            guard libxl_cpuid_parse_config_xend(&self, text) == 0 else {
                throw Unfit(field: field, reason: "libxl cannot read '\(text)'")
            }
        }
    }
}

extension LibxlCPUIDPolicy {
    /// What libxl's parser reads. Checked first, since at an error that parser keeps what it has read by then.
    fileprivate func text(for field: String) throws(Unfit) -> String {
        var registers: [String] = []
        for (name, bits) in [("eax", eax), ("ebx", ebx), ("ecx", ecx), ("edx", edx)] {
            guard let bits else { continue }
            guard bits.utf8.count == 32, bits.allSatisfy("01xks".contains) else {
                throw Unfit(field: field, reason: "'\(bits)' is not 32 of the characters 0, 1, x, k, s")
            }
            registers.append("\(name)=\(bits)")
        }
        guard subleaf != .max else { throw Unfit(field: field, reason: "there is no subleaf \(UInt32.max)") }
        return "\(leaf)" + (subleaf.map { ",\($0)" } ?? "") + ":" + registers.joined(separator: ",")
    }
}
#endif
