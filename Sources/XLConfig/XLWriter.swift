import XenModel
import XenUnits

/// A definition on its way to a file: what has been said, and what has been left out so far.
final class XLWriter {
    let guestType: GuestType
    private(set) var configuration = XLConfiguration()
    private(set) var notices: [XLOmission] = []

    init(_ guestType: GuestType) {
        self.guestType = guestType
    }

    /// Says `value` for `key`, which the definition has at `path`; says nothing for nil.
    func set(_ key: String, _ value: XLValue?, path: String, for guests: [GuestType] = GuestType.allCases) {
        guard let value else { return }
        guard guests.contains(guestType) else {
            omit(path, .otherGuestType(key: key, guestType))
            return
        }
        configuration.set(key, value)
    }

    /// Says the list for `key`, unless it is empty.
    func set(_ key: String, texts: [String], path: String, for guests: [GuestType] = GuestType.allCases) {
        set(key, texts.isEmpty ? nil : .strings(texts), path: path, for: guests)
    }

    func omit(_ path: String, _ kind: XLOmission.Kind = .leftOut) {
        notices.append(XLOmission(path: path, kind: kind))
    }

    /// `omit`, if the definition says something at `path`.
    func omit(_ path: String, if isSaid: Bool) {
        if isSaid { omit(path) }
    }

    /// `text` as a value, if xl can be trusted with it.
    func text(_ text: String?, key: String, path: String) throws(XLConfigError) -> XLValue? {
        guard let text else { return nil }
        return .string(try plain(text, key: key, path: path))
    }

    func plain(_ text: String, key: String, path: String) throws(XLConfigError) -> String {
        if let scalar = text.controlCharacter {
            throw .inexpressible(path: path, key: key, text: text, problem: .controlCharacter(scalar))
        }
        return text
    }

    func plain(_ texts: [String], key: String, path: String) throws(XLConfigError) -> [String] {
        for text in texts { _ = try plain(text, key: key, path: path) }
        return texts
    }

    /// `text` as part of a longer one that xl takes apart at each of `separators`.
    func part(
        _ text: String, key: String, path: String, separators: [Unicode.Scalar] = [","], mayBeEmpty: Bool = false
    ) throws(XLConfigError) -> String {
        _ = try plain(text, key: key, path: path)
        for separator in separators where text.has(separator) {
            throw .inexpressible(path: path, key: key, text: text, problem: .separator(separator))
        }
        guard !text.isEmpty || mayBeEmpty else {
            throw .inexpressible(path: path, key: key, text: text, problem: .empty)
        }
        return text
    }

    /// `amount` in MiB, rounded up as libxl is given memory, with a notice if that is more.
    func mebibytes(_ amount: Kibibytes?, path: String) -> XLValue? {
        guard let amount else { return nil }
        let whole = amount.count / 1024 + (amount.count % 1024 == 0 ? 0 : 1)
        if amount.count % 1024 != 0 { omit(path, .rounded(to: "\(whole) MiB")) }
        return .number(whole)
    }
}
