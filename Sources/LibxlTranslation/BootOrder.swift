import XenModel
import XenUnits

/// A device that a guest may boot from, as far as libxl can express it: by the letter of its kind.
struct BootCandidate {
    let device: BootDevice
    /// Its path and what the user knows it by.
    let path: String
    let name: String
    /// `boot/@order`.
    let order: UInt32?
}

extension DomainDefinition {
    /// What an hvm guest boots from, as libxl's letters; `c` where nothing is said.
    func bootLetters() throws(Untranslatable) -> String {
        let candidates = bootCandidates
        let ordered = candidates.filter { $0.order != nil }.sorted { ($0.order ?? 0) < ($1.order ?? 0) }
        guard let first = ordered.first else {
            let devices = operatingSystem.bootDevices
            return devices.isEmpty ? "c" : String(devices.map(\.letter))
        }
        guard operatingSystem.bootDevices.isEmpty else {
            throw Untranslatable(path: first.path, device: first.name, reason: .conflict(with: "/domain/os/boot"))
        }
        for (candidate, next) in zip(ordered, ordered.dropFirst()) where candidate.order == next.order {
            throw Untranslatable(path: next.path, device: next.name, reason: .bootOrderTwice(next.order ?? 0))
        }
        var letters: [Character] = []
        for candidate in ordered where !letters.contains(candidate.device.letter) {
            // A letter means the first device of its kind.
            let meant = candidates.first { $0.device == candidate.device }
            if let meant, meant.name != candidate.name {
                throw Untranslatable(
                    path: candidate.path, device: candidate.name, reason: .bootOrder(instead: meant.name))
            }
            letters.append(candidate.device.letter)
        }
        return String(letters)
    }

    /// All that could be booted from: disks in the order in which libxl is given them, then NICs in document order.
    var bootCandidates: [BootCandidate] {
        disks.inBootloadersOrder.map { disk in
            BootCandidate(
                device: disk.device == .cdrom ? .cdrom : .hardDisk, path: "/domain/devices/disk/boot/@order",
                name: disk.target, order: disk.bootOrder)
        }
            + interfaces.map { interface in
                BootCandidate(
                    device: .network, path: "/domain/devices/interface/boot/@order", name: interface.mac.description,
                    order: interface.bootOrder)
            }
    }

    /// Devices in the boot order that libxl's letters do not reach.
    var bootNotices: [TranslationNotice] {
        guard operatingSystem.guestType == .hvm else { return [] }
        let ordered = bootCandidates.filter { $0.order != nil }.sorted { ($0.order ?? 0) < ($1.order ?? 0) }
        var seen: Set<BootDevice> = []
        return ordered.compactMap { candidate in
            guard !seen.insert(candidate.device).inserted else { return nil }
            return TranslationNotice(path: candidate.path, device: candidate.name, reason: .onlyTheFirst)
        }
    }
}
