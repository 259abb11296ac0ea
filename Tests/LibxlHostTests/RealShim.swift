import CXenInterface
import FakeLibxlShim
import Glibc

@testable import LibxlHost

/// The real shim over a libxl of which the calls are scripted, and everything else is libxl's own: where
/// `XENKEEPER_FAKE_LIBXL` names Tests/FakeLibxl's library, and `XENKEEPER_SHIM` the shim. `Scripts/test` builds both.
enum RealShim {
    /// Both; nil where they are not named. One that is named and cannot be loaded ends the tests.
    static let named: (controls: fxl_controls, shim: Shim, cpuid: CPUID)? = {
        guard let fake = getenv("XENKEEPER_FAKE_LIBXL"), let shim = getenv(ShimLibrary.variable) else { return nil }
        // First, and for all: what it has is found before libxl's own.
        guard let library = dlopen(fake, RTLD_NOW | RTLD_GLOBAL), let symbol = dlsym(library, "fxl_real"),
            let cpuid = dlsym(library, "fxl_cpuid_json")
        else {
            fatalError(String(cString: dlerror()))
        }
        typealias Controls = @convention(c) () -> UnsafePointer<fxl_controls>
        let controls = unsafeBitCast(symbol, to: Controls.self)().pointee
        do throws(ShimError) {
            let library = ShimLibrary(directories: [], hypervisor: "/nonexistent", owner: nil)
            return (controls, try library.load(String(cString: shim)), unsafeBitCast(cpuid, to: CPUID.self))
        } catch {
            fatalError("\(error)")
        }
    }()

    /// The features of a processor that a text of libxl's forces, as JSON.
    typealias CPUID = @convention(c) (UnsafePointer<CChar>) -> UnsafeMutablePointer<CChar>?
}
