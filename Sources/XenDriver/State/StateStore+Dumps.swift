import SystemPackage
import XenModel
import XenUnits

/// Memory dumps, for people to look at and remove. Their names are the domain's, its UUID's where two may have the same, and the
/// time.
extension StateStore {
    private var dumps: FilePath { memory.appending("dump") }

    /// Where a dump of a domain is written, and where it is put when it is whole. What is left of earlier ones of the domain that
    /// were interrupted goes; for the holder of its lock.
    func prepareDump(
        of name: DomainName, _ uuid: DomainUUID, at time: String
    ) throws(StateError) -> (partial: FilePath, whole: FilePath) {
        try FileSystem.createDirectory(dumps, synced: true)
        let suffix = ".\(uuid).partial"
        for entry in try FileSystem.list(dumps) where entry.isText && entry.name.hasSuffix(suffix) {
            try FileSystem.remove(dumps.appending(entry.name))
        }
        // The longest of names leaves no room for more.
        let whole = dumps.appending(name.text.utf8.count <= 220 ? "\(name)-\(time).core" : "\(uuid)-\(time).core")
        return (dumps.appending(".\(time)\(suffix)"), whole)
    }

    /// Puts a whole dump in its place.
    func completeDump(_ partial: FilePath, _ whole: FilePath) throws(StateError) {
        try FileSystem.rename(partial, to: whole, synced: true)
    }
}
