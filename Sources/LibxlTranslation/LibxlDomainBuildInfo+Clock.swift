import LibxlAPI
import XenModel
import XenUnits

extension LibxlDomainBuildInfo {
    /// What the guest's clock starts from, and what its time is driven by. Source: `/domain/clock`.
    mutating func setClock(_ clock: Clock, _ guestType: GuestType, _ obstacles: inout Obstacles) {
        switch clock.offset {
        case .utc: break
        case .localtime: localtime = true
        case .variable(let adjustment, let basis):
            rtcTimeOffset = adjustment
            if basis == .localtime { localtime = true }
        case .timezone(let zone):
            obstacles.note(Untranslatable(path: "/domain/clock/@timezone", reason: .timezoneClock(zone)))
        }
        for timer in clock.timers {
            obstacles.noting { () throws(Untranslatable) in try setTimer(timer, guestType) }
        }
    }

    private mutating func setTimer(_ timer: Timer, _ guestType: GuestType) throws(Untranslatable) {
        switch timer.name {
        case .tsc: tscMode = timer.mode.flatMap(LibxlTSCMode.init)
        case .hpet:
            // Which of the other types never has one.
            if timer.isPresent == false, guestType != .hvm { return }
            try guestType.require([.hvm], at: "/domain/clock/timer/@name", device: timer.name.rawValue)
            hvm.hpet = timer.isPresent
        case .platform, .kvmclock, .rtc, .pit, .hypervclock, .armvtimer:
            // That one is not there can be promised of those that Xen does not have.
            if timer.isPresent == false, timer.name.isUnknownToXen { return }
            throw Untranslatable(
                path: "/domain/clock/timer/@name", device: timer.name.rawValue,
                reason: .unsupported(.timer, timer.name.rawValue))
        }
    }
}

extension TimerName {
    /// Whether no guest of Xen's has such a timer.
    fileprivate var isUnknownToXen: Bool { self == .kvmclock || self == .hypervclock || self == .armvtimer }
}

extension LibxlTSCMode {
    /// Nil where it is left to libxl.
    fileprivate init?(_ mode: TSCMode) {
        switch mode {
        case .native: self = .native
        case .paravirt: self = .nativeParavirt
        case .emulate: self = .alwaysEmulate
        case .auto, .smpsafe: return nil
        }
    }
}

extension Clock {
    /// What of the timers has no effect on a guest of `guestType`.
    func translationNotices(_ guestType: GuestType) -> [TranslationNotice] {
        timers.flatMap { timer in
            var paths: [String] = []
            if timer.name == .hpet, timer.isPresent == false, guestType != .hvm { paths.append("@present") }
            if timer.name == .tsc, timer.isPresent == false { paths.append("@present") }
            if timer.frequency != nil { paths.append("@frequency") }
            if timer.tickPolicy != nil { paths.append("@tickpolicy") }
            if timer.name != .tsc, timer.mode != nil { paths.append("@mode") }
            return paths.map {
                TranslationNotice(path: "/domain/clock/timer/\($0)", device: timer.name.rawValue, reason: .unknownToXen)
            }
        }
    }
}
