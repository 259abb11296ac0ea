import XenUnits

extension GuestType {
    /// Refuses what stands at `path` unless the guest is of one of `types`.
    ///
    /// For what makes another guest than the one that the document means: what merely has no effect on this type of
    /// guest is a notice, by `DomainField.guests`, `DeviceProbe.guests` and `Device.guests`.
    func require(_ types: [GuestType], at path: String, device: String? = nil) throws(Untranslatable) {
        guard types.contains(self) else {
            throw Untranslatable(path: path, device: device, reason: .notForGuestType(self, only: types))
        }
    }
}

/// `number`, if libxl takes it; else the refusal of what stands at `path`.
func checked<Number: FixedWidthInteger>(
    _ number: Number, in range: ClosedRange<Number>, at path: String, device: String? = nil
) throws(Untranslatable) -> Number {
    guard range.contains(number) else {
        throw Untranslatable(
            path: path, device: device,
            reason: .outOfRange(
                UInt64(clamping: number), least: UInt64(clamping: range.lowerBound),
                most: UInt64(clamping: range.upperBound)))
    }
    return number
}
