import XenDriver

extension Wait {
    /// What a terminal shows of a wait: what for, how long at most, and how to leave it.
    var sentence: String {
        let whatFor =
            switch purpose {
            case .lock(let domain, let holder):
                "another change to domain '\(domain)' to end" + (holder.map { " (process \($0))" } ?? "")
            case .operation(let phase, let device, let domain):
                "domain '\(domain)': \(phase)" + (device.map { " of \($0)" } ?? "")
            }
        let seconds = Int((limit / .seconds(1)).rounded(.up))
        return "waiting for \(whatFor), \(seconds) s at most; "
            + (isUndoing ? "another Ctrl-C leaves that to the next change" : "Ctrl-C gives it up")
    }
}
