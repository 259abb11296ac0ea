import LibxlAPI
import XenUnits

/// The QEMUs of domains. libxl tells of no end of theirs: without one a guest has no emulated devices, and stands still at the
/// first that it asks.
extension Driver {
    /// The process that serves as a domain's device model, as libxl has written it down; nil if there is none in Domain-0.
    func deviceModel(of domid: DomainID) async throws(DriverError) -> Int32? {
        try await xenstore { () throws(XenstoreError) in
            try await host.xenstore.read(XenstorePath("/local/domain/\(domid)/image/device-model-pid")).flatMap(
                Int32.init)
        }
    }

    /// Whether a domain goes on without the device model that it was started with.
    ///
    /// libxl holds a domain before it takes its device model away, so that of one that stands still nothing is concluded.
    func hasLost(_ deviceModel: Int32?, _ record: DomainRecord) async -> Bool {
        guard let deviceModel, record.state == .running, !record.isBeingDestroyed, let info = record.info else {
            return false
        }
        return await !host.processes.isDeviceModel(deviceModel, of: info.domid)
    }
}
