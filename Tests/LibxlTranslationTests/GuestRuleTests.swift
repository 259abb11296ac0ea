import LibxlAPI
import LibxlTestKit
import Testing
import XenModel
import XenUnits

@testable import LibxlTranslation

@Suite("A word that means nothing to a guest of its type has no effect, and is no refusal")
struct GuestRuleTests {
    private static let classes: [DeviceClass] = [
        .serial, .parallel, .sound, .video, .redirdev, .channel, .rng, .watchdog, .disk, .interface, .graphics, .memory,
        .memballoon, .hostdev, .input, .console, .controller, .tpm, .hub,
    ]

    @Test("whole devices, whatever their models", arguments: classes, GuestType.allCases)
    func devices(_ deviceClass: DeviceClass, guest: GuestType) throws {
        let element = OpaqueElement(
            deviceClass.rawValue, attributes: [.init("type", "x"), .init("model", "x"), .init("mode", "x")])
        let device = Device.opaque(OpaqueDevice(deviceClass: deviceClass, element: element))
        let translation = try Translation(Samples.guest(guest) { $0.devices = [device] })
        // One or the other, never both.
        #expect(translation.notices.count + translation.obstacles.count == 1)
        if !device.guests.contains(guest) {
            #expect(translation.notices.map(\.reason) == [.onlyForGuestType(device.guests)])
        }
        #expect(try translation.config == LibxlDomainConfig(Samples.guest(guest)))
    }

    @Test(
        "no element of a guest of the tables both has no effect and keeps the guest from being started",
        arguments: MachineTranslationTests.cases + DeviceTranslationTests.cases + XenOptionsTranslationTests.cases,
        GuestType.allCases)
    func never(_ example: GuestCase, guest: GuestType) throws {
        var definition = try Samples.guest(example.guest, example.vary)
        definition.operatingSystem.guestType = guest
        let translation = Translation(definition, context: example.context)
        let ignored = translation.notices.map { "\($0.path.withoutPredicate) \($0.device ?? "")" }
        for obstacle in translation.obstacles {
            #expect(!ignored.contains("\(obstacle.path) \(obstacle.device ?? "")"), "\(obstacle)")
        }
        // What is for other guests is passed to none.
        for probe in DomainField.foreign(to: guest) where probe.isSaid(definition) {
            var other = definition
            probe.takeOut(&other)
            #expect(Translation(other, context: example.context).config == translation.config, "\(probe.path)")
            #expect(ignored.contains("\(probe.path) "), "\(probe.path) is lost")
        }
    }

    @Test("every obstacle of a document is named, and what there is beside them is translated all the same")
    func everyObstacle() throws {
        let translation = try Translation(
            Samples.guest(.hvm) {
                $0.generationID = .zero
                $0.clock.offset = .timezone("Europe/Paris")
                $0.clock.timers = [Timer(name: .pit), Timer(name: .rtc)]
                $0.cpuTuning.shares = 0
                $0.xen.usbVersion = 9
                $0.disks = [Samples.disk { $0.target = "vda" }, Samples.disk { $0.isTransient = true }]
                $0.devices.append(.memballoon(MemoryBalloon(model: .none)))
                $0.interfaces = [Samples.nic()]
            })
        #expect(
            translation.obstacles.map(\.path) == [
                "/domain/cputune/shares", "/domain/clock/@timezone", "/domain/clock/timer/@name",
                "/domain/clock/timer/@name", "/domain/xenkeeper:options/machine/@usbVersion", "/domain/genid",
                "/domain/devices/disk/target/@dev", "/domain/devices/disk/transient",
                "/domain/devices/memballoon/@model",
            ])
        #expect(translation.config.nics.count == 1)
    }

    @Test(
        "features of the processor reach a pv guest, but for those of guests of its own",
        arguments: GuestType.allCases)
    func features(guest: GuestType) throws {
        let translation = try Translation(
            Samples.guest(guest) {
                $0.processor = Processor(mode: .hostPassthrough)
                $0.processor.features = [
                    ProcessorFeature(name: "aes", policy: .disable), ProcessorFeature(name: "vmx", policy: .disable),
                ]
            })
        #expect(translation.config.buildInfo.cpuid.map(\.leaf) == [1])
        #expect(translation.config.buildInfo.nestedHVM == (guest == .pv ? nil : false))
        #expect(translation.notices.map(\.path) == (guest == .pv ? ["/domain/cpu/feature[@name='vmx']"] : []))
    }

    struct Misfit: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let deviceClass: DeviceClass
        let children: [OpaqueElement]
        let part: String
        let reason: Untranslatable.Reason
    }

    static let misfits: [Misfit] = [
        Misfit(
            testDescription: "a port on USB", deviceClass: .serial,
            children: [OpaqueElement("target", attributes: [.init("type", "usb-serial")])], part: "/target/@type",
            reason: .unsupported(.serialTarget, "usb-serial")),
        Misfit(
            testDescription: "a port that speaks TLS", deviceClass: .serial,
            children: [OpaqueElement("protocol", attributes: [.init("type", "tls")])], part: "/protocol/@type",
            reason: .unsupported(.characterProtocol, "tls")),
        Misfit(
            testDescription: "a channel over TCP", deviceClass: .channel,
            children: [OpaqueElement("target", attributes: [.init("type", "xen")])], part: "/@type",
            reason: .unsupported(.channelSource, "spicevmc")),
    ]

    @Test("what is unsupported of a port or channel is named, and not something beside it", arguments: misfits)
    func misfit(_ misfit: Misfit) throws {
        var element = OpaqueElement(misfit.deviceClass.rawValue, attributes: [.init("type", "spicevmc")])
        element.content = misfit.children.map { .element($0) }
        let device = OpaqueDevice(deviceClass: misfit.deviceClass, element: element)
        let obstacles = try Translation(Samples.guest(.hvm) { $0.devices = [.opaque(device)] }).obstacles
        #expect(obstacles.map(\.path) == ["/domain/devices/\(misfit.deviceClass)\(misfit.part)"])
        #expect(obstacles.map(\.reason) == [misfit.reason])
    }

    @Test("vCPUs that nobody pins have the host's processors, and no more", arguments: [UInt32(1), 4, 64])
    func processors(count: UInt32) throws {
        var context = TranslationContext()
        context.host = LibxlPhysicalInfo(processorCount: count, nodeCount: 1)
        let config = try LibxlDomainConfig(
            Samples.guest(.pv) {
                $0.vcpus = VirtualCPUs(maximum: 3, current: 3)
                $0.cpuTuning.pins = [VCPUPin(vcpu: 2, cpuSet: CPUSet([0]))]
            }, context: context)
        #expect(config.buildInfo.vcpuHardAffinity.map(\.count) == [Int(count), Int(count), 1])
    }
}
