/// What a guest's clock starts from, and what drives its time. Source: `/domain/clock`.
package struct Clock: Hashable, Sendable {
    /// `@offset`.
    package var offset: ClockOffset
    /// In document order. `timer`.
    package var timers: [Timer]

    /// A clock that starts from `offset`.
    package init(offset: ClockOffset, timers: [Timer] = []) {
        self.offset = offset
        self.timers = timers
    }

    /// The clock of a domain that says nothing of it.
    package static let utc = Clock(offset: .utc)
}

/// What a guest's clock starts from. Source: `/domain/clock/@offset`.
package enum ClockOffset: Hashable, Sendable {
    case utc
    case localtime
    /// `adjustment` seconds from `basis`.
    case variable(adjustment: Int32, basis: ClockBasis)
    /// Kept, but libxl cannot express it. `@timezone`.
    case timezone(String)
}

/// What a variable clock is counted from. Source: `/domain/clock/@basis`.
package enum ClockBasis: String, Hashable, Sendable, CaseIterable {
    case utc
    case localtime
}

/// One of the things by which a guest tells the time. Source: `/domain/clock/timer`.
package struct Timer: Hashable, Sendable {
    /// `@name`; libxl has a word for `tsc` and `hpet`.
    package var name: TimerName
    /// `@present`; nil is not said.
    package var isPresent: Bool?
    /// For tsc. `@mode`.
    package var mode: TSCMode?
    /// For tsc, in Hz; kept, but libxl cannot express it. `@frequency`.
    package var frequency: UInt64?
    /// What becomes of ticks that the guest missed. `@tickpolicy`.
    package var tickPolicy: TickPolicy?

    /// A timer of which nothing else is said.
    package init(name: TimerName) {
        self.name = name
    }
}

/// The timers that libvirt knows. Source: `/domain/clock/timer/@name`.
package enum TimerName: String, Hashable, Sendable, CaseIterable {
    case tsc
    case hpet
    case platform
    case kvmclock
    case rtc
    case pit
    case hypervclock
    case armvtimer
}

/// How a guest reads the processor's time stamp. The raw value is libvirt's word. Source: `/domain/clock/timer/@mode`.
package enum TSCMode: String, Hashable, Sendable, CaseIterable {
    case auto
    case native
    case emulate
    case paravirt
    case smpsafe
}

/// What becomes of ticks that a guest missed. Source: `/domain/clock/timer/@tickpolicy`.
package enum TickPolicy: String, Hashable, Sendable, CaseIterable {
    case delay
    case catchup
    case merge
    case discard
}
