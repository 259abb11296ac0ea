import LibxlAPI
import XenModel
import XenUnits

// The order of disks, and the places that an emulated machine has for them.

extension [LibxlDeviceDisk] {
    /// These disks, of a definition that has `disks`, in libvirt's order.
    func inBootloadersOrder(of disks: [Disk]) -> [LibxlDeviceDisk] {
        guard count > 1 else { return self }
        let places = Dictionary(
            zip(disks.inBootloadersOrder.map(\.target), 0...), uniquingKeysWith: { first, _ in first })
        return enumerated()
            .sorted { left, right in
                (places[left.element.vdev] ?? 0, left.offset) < (places[right.element.vdev] ?? 0, right.offset)
            }
            .map(\.element)
    }
}

extension Disk {
    /// The place that an hvm guest's disk has in the emulated machine; nil where that does not show it. Source:
    /// `libxl__build_device_model_args_new`.
    fileprivate func emulatedPlace(_ controller: DiskControllerType?) -> EmulatedPlace? {
        guard let number = vdev?.disk else { return nil }
        if device != .cdrom, target.hasPrefix("sd") { return EmulatedPlace(controller: "SCSI", number: number) }
        if device != .cdrom, controller == .ahci {
            return number < 6 ? EmulatedPlace(controller: "AHCI", number: number) : nil
        }
        return number < 4 ? EmulatedPlace(controller: "IDE", number: number) : nil
    }

    /// What of the disk has no effect.
    var translationNotices: [TranslationNotice] {
        guard discard != nil, !isWritable else { return [] }
        return [
            TranslationNotice(
                path: "/domain/devices/disk/driver/@discard", device: target,
                reason: .onlyWith("a disk that is written to"))
        ]
    }
}

/// A place for a disk in an emulated machine.
struct EmulatedPlace: Hashable, Sendable, CustomStringConvertible {
    fileprivate let controller: String
    fileprivate let number: Int32

    var description: String { "\(controller) disk \(number)" }
}

extension DomainDefinition {
    /// Notes disks of an hvm guest that the emulated machine would have at one and the same place: it does not start.
    func noteDiskClashes(_ obstacles: inout Obstacles) {
        guard operatingSystem.guestType == .hvm else { return }
        var holders: [EmulatedPlace: String] = [:]
        for disk in disks {
            guard let place = disk.emulatedPlace(xen.diskController) else { continue }
            if let holder = holders[place] {
                obstacles.note(disk.untranslatable("target/@dev", .emulatedPlaceTaken(place.description, by: holder)))
            } else {
                holders[place] = disk.target
            }
            if disk.device == .disk, disk.isReadOnly, !disk.target.hasPrefix("sd") {
                obstacles.note(disk.untranslatable("readonly", .readOnlyEmulatedDisk))
            }
        }
    }

    /// Disks of an hvm guest that its firmware and its boot loader do not see, for the emulated machine has no place for
    /// them; only the guest's own Xen drivers do.
    var emulatedDiskNotices: [TranslationNotice] {
        guard operatingSystem.guestType == .hvm else { return [] }
        let first = disks.first { $0.device == .disk }?.target
        return disks.compactMap { disk in
            guard disk.vdev != nil, disk.emulatedPlace(xen.diskController) == nil,
                disk.device == .cdrom || disk.bootOrder != nil || disk.target == first
            else { return nil }
            return TranslationNotice(
                path: "/domain/devices/disk/target/@dev", device: disk.target, reason: .notEmulated)
        }
    }
}
