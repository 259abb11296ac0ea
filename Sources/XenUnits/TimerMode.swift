/// How late timer interrupts are made up for. The raw value is libxl's word. Source: `libxl_timer_mode`.
public enum TimerMode: String, Hashable, Sendable, Codable, CaseIterable {
    case delayForMissedTicks = "delay_for_missed_ticks"
    case noDelayForMissedTicks = "no_delay_for_missed_ticks"
    case noMissedTicksPending = "no_missed_ticks_pending"
    case oneMissedTickPending = "one_missed_tick_pending"
}
