import Testing
import XenUnits

@Suite("An amount of memory")
struct KibibytesTests {
    @Test(
        "in any of libvirt's units is rounded up to whole KiB",
        arguments: [
            (0, "KiB", 0), (1, "b", 1), (1024, "bytes", 1), (1025, "byte", 2), (1, "KB", 1), (1, "k", 1), (1, "KiB", 1),
            (1024, "KB", 1000), (1, "MB", 977), (1, "M", 1024), (1, "MiB", 1024), (1, "GB", 976_563),
            (1, "G", 1 << 20), (1, "GiB", 1 << 20), (1, "TiB", 1 << 30), (1, "PiB", 1 << 40), (1, "EiB", 1 << 50),
            (1, "EB", 976_562_500_000_000), (1, "mib", 1024), (2, "gIb", 2 << 20), (15, "E", 15 << 50),
            (.max, "b", 1 << 54),
        ] as [(UInt64, String, UInt64)])
    func units(amount: UInt64, unit: String, kibibytes: UInt64) {
        #expect(Kibibytes(amount, unit: unit) == Kibibytes(kibibytes))
    }

    @Test(
        "past 64 bits of bytes, or in another unit, is none",
        arguments: [
            (16, "EiB"), (1 << 54, "KiB"), (.max, "k"), (1, ""), (1, "x"), (1, "KiBi"), (1, "kib "), (1, "ki"),
            (1, "ZiB"), (1, "bb"), (1, "pages"),
        ] as [(UInt64, String)])
    func none(amount: UInt64, unit: String) {
        #expect(Kibibytes(amount, unit: unit) == nil)
    }

    @Test(
        "is rounded up to whole MiB for libxl",
        arguments: [
            (0, 0), (1, 1024), (1023, 1024), (1024, 1024), (1025, 2048), (262_145, 263_168),
            (.max - 1023, .max - 1023),
        ] as [(UInt64, UInt64)])
    func mebibytes(from: UInt64, to: UInt64) {
        #expect(Kibibytes(from).roundedUpToMebibyte == Kibibytes(to))
    }

    @Test("that cannot be rounded up within 64 bits is none", arguments: [.max, .max - 1022] as [UInt64])
    func tooMuch(count: UInt64) {
        #expect(Kibibytes(count).roundedUpToMebibyte == nil)
    }
}
