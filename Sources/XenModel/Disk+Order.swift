import XenUnits

extension [Disk] {
    /// The disks in libvirt's order, which puts those of one bus side by side, by their place on it.
    ///
    /// libxl's bootloader looks into the first disk of all, so that order decides what boots. Source: libvirt's
    /// `virDomainDiskInsert`.
    package var inBootloadersOrder: [Disk] { bootloadersOrder.map { self[$0] } }

    /// The positions of the disks, in that order.
    package var bootloadersOrder: [Int] {
        var rank: [String: Int] = [:]
        for disk in self where rank[disk.busToBe] == nil { rank[disk.busToBe] = rank.count }
        return indices.sorted { left, right in
            let mine = (rank[self[left].busToBe] ?? 0, self[left].vdev?.disk ?? .max, left)
            let others = (rank[self[right].busToBe] ?? 0, self[right].vdev?.disk ?? .max, right)
            return mine < others
        }
    }
}

extension Disk {
    /// The bus that the document names, or that its target's name implies, as libvirt infers it.
    package var busToBe: String {
        if let bus { return bus }
        if target.hasPrefix("hd") { return "ide" }
        if target.hasPrefix("sd") { return "scsi" }
        return "xen"
    }
}
