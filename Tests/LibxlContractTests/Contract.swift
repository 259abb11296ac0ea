import LibxlTestKit
import Testing

/// What is promised of libxl, xenstore and the host's network, on every backend that is there; one test after the
/// other, since on a real host they share guests.
@Suite("Contract", .serialized, .sharingGuests)
enum Contract {
    @Suite("libxl: lifecycle") struct Lifecycle {}
    @Suite("libxl: pausing and ending") struct Power {}
    @Suite("libxl: NICs") struct NICs {}
    @Suite("libxl: disks") struct Disks {}
    /// Mostly on the fake alone: a lab has neither the host devices nor the backends.
    @Suite("libxl: other devices") struct Devices {}
    @Suite("xenstore and network") struct Surroundings {}
}

/// Destroys the guests that tests share when the last test has ended.
struct SharingGuests: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        let result: Result<Void, any Error>
        do {
            result = .success(try await function())
        } catch {
            result = .failure(error)
        }
        for backend in Backend.available { try await backend.close() }
        try result.get()
    }
}

extension Trait where Self == SharingGuests {
    static var sharingGuests: Self { SharingGuests() }
}
