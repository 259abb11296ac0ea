import LibxlAPI
import XenModel
import XenUnits

/// What xenstore showed of a running domain when somebody last asked, so that it need not be asked again while libxl
/// has changed nothing of the domain's devices.
///
/// Devices that go are not seen by that, so what is found here is asked for once more before anything is refused.
struct ShownDomain: Sendable {
    let domid: DomainID
    let uuid: DomainUUID
    /// What libxl's record of its devices was before xenstore was asked.
    let mark: String
    /// The disks and NICs that it had.
    let devices: XenDevices
    /// Those of them whose needs are in `claims`: the ones that no record of ours knew.
    let claimants: XenDevices
    /// Whether the display that QEMU wrote down is in `claims`.
    let showsDisplay: Bool
    let claims: ClaimHashes

    /// The form of the index that this program writes; another one is none.
    static let title = "xenkeeper shown 2"

    /// Whether this is of the domain as libxl's record of it is now.
    func isOf(_ info: LibxlDomainInfo, mark: String?) -> Bool {
        domid == info.domid && uuid == info.uuid && self.mark == mark
    }

    /// Whether this has what the domain needs but for the devices of `known`, and with its display if `withDisplay`.
    func covers(besides known: XenDevices?, withDisplay: Bool) -> Bool {
        guard showsDisplay || !withDisplay else { return false }
        return devices == known || devices.words.subtracting(known?.words ?? []).isSubset(of: claimants.words)
    }
}

extension ShownDomain {
    private static let display: StaticString = "display"

    /// Its words: domid, UUID, mark, devices, those of the claims, whether the display is one, claims.
    var line: [UInt8] {
        IndexLine.bytes([
            "\(domid)", "#\(uuid)", IndexLine.escaped(Array(mark.utf8)), devices.text, claimants.text,
            showsDisplay ? "\(Self.display)" : "\(IndexLine.none)", claims.text,
        ])
    }

    init?(line: ArraySlice<UInt8>) {
        var words = LineWords(line)
        guard let number = words.takeNumber32(), let uuid = words.takeUUID(behind: "#"), let mark = words.next(),
            let devices = words.next(), let claimants = words.next(), let display = words.next(),
            let claims = words.next(),
            words.next() == nil
        else { return nil }
        self.init(
            domid: DomainID(rawValue: number), uuid: uuid, mark: PercentEncoding.decoded(mark),
            devices: XenDevices(text: devices), claimants: XenDevices(text: claimants),
            showsDisplay: display.isExactly(Self.display), claims: ClaimHashes(text: claims))
    }
}
