import XenModel
import XenUnits

// localtime, rtc_timeoffset, tsc_mode, hpet.
extension Clock {
    private static let tscModes: [(String, TSCMode)] = [
        ("default", .auto), ("always_emulate", .emulate), ("native", .native), ("native_paravirt", .paravirt),
    ]

    static func read(_ reader: XLReader) throws(XLConfigError) -> Clock {
        let isLocal = try reader.flag("localtime") ?? false
        var clock = Clock(offset: isLocal ? .localtime : .utc)
        if let item = reader.item("rtc_timeoffset") {
            let adjustment = try item.number(in: Int32.min...Int32.max)
            clock.offset = .variable(adjustment: adjustment, basis: isLocal ? .localtime : .utc)
        }
        if let item = reader.item("tsc_mode") {
            var timer = Timer(name: .tsc)
            timer.isPresent = true
            if case .number(let number) = try item.text().number(Int.self) {
                guard tscModes.indices.contains(number) else {
                    throw item.error(.outOfRange("\(number)", lowest: 0, highest: Int64(tscModes.count - 1)))
                }
                timer.mode = tscModes[number].1
            } else {
                timer.mode = try item.word(tscModes)
            }
            clock.timers.append(timer)
        }
        if let isPresent = try reader.flag("hpet", for: [.hvm]) {
            var timer = Timer(name: .hpet)
            timer.isPresent = isPresent
            clock.timers.append(timer)
        }
        return clock
    }

    func write(to writer: XLWriter) {
        let path = "/domain/clock"
        switch offset {
        case .utc: writer.set("localtime", .flag(false), path: path)
        case .localtime: writer.set("localtime", .flag(true), path: path)
        case .variable(let adjustment, let basis):
            writer.set("rtc_timeoffset", .number(adjustment), path: path)
            writer.set("localtime", .flag(basis == .localtime), path: path)
        case .timezone: writer.omit("\(path)/@timezone")
        }
        for (position, timer) in timers.enumerated() {
            let path = "\(path)/timer[\(position + 1)]"
            writer.omit("\(path)/@frequency", if: timer.frequency != nil)
            writer.omit("\(path)/@tickpolicy", if: timer.tickPolicy != nil)
            switch timer.name {
            case .hpet: writer.set("hpet", .flag(timer.isPresent ?? true), path: path, for: [.hvm])
            case .tsc:
                writer.omit("\(path)/@present", if: timer.isPresent == false)
                guard let mode = timer.mode else { continue }
                // libvirt has libxl decide for the one that libxl cannot express.
                let word = Self.tscModes.first { $0.1 == mode }?.0 ?? "default"
                writer.omit("\(path)/@mode", if: mode == .smpsafe)
                writer.set("tsc_mode", .string(word), path: path)
            case .platform, .kvmclock, .rtc, .pit, .hypervclock, .armvtimer: writer.omit(path)
            }
        }
    }
}
