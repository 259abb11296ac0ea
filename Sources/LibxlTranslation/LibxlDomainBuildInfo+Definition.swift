import LibxlAPI
import XenModel
import XenUnits

extension LibxlDomainBuildInfo {
    /// What libxl builds into the domain.
    init(_ definition: DomainDefinition, _ context: TranslationContext, _ obstacles: inout Obstacles) {
        let guestType = definition.operatingSystem.guestType
        let maximum = Self.wholeMebibytes(definition.memory, path: "/domain/memory", &obstacles)
        let current = Self.wholeMebibytes(definition.currentMemory, path: "/domain/currentMemory", &obstacles)
        if let maximum, let current, current > maximum {
            obstacles.note(
                Untranslatable(
                    path: "/domain/currentMemory",
                    reason: .currentMemoryAboveMaximum(
                        current: definition.currentMemory, maximum: definition.memory)))
        }
        let vcpus = obstacles.noting { () throws(Untranslatable) in try Self.checked(definition.vcpus) }
        self.init(
            maxVCPUs: vcpus?.maximum ?? 1, availableVCPUs: vcpus?.onLine ?? [0],
            maxMemory: maximum ?? definition.memory, targetMemory: current ?? definition.currentMemory)
        if vcpus != nil { setPlacement(definition, context, &obstacles) }
        setScheduler(definition, &obstacles)
        setClock(definition.clock, guestType, &obstacles)
        setFeatures(definition, &obstacles)
        setProcessor(definition.processor, guestType, context, &obstacles)
        setBoot(definition, context, &obstacles)
        setLimits(definition.controllers)
        setEmulator(definition)
        setOptions(definition.xen, guestType, &obstacles)
        // What it is built with is in `ssid_label` then.
        if definition.xen.initialLabel != nil { execSSIDLabel = definition.staticLabel }
        if guestType == .hvm { setMachine(definition, &obstacles) }
    }

    /// libvirt's rule: libxl is given memory in whole MiB, rounded up.
    private static func wholeMebibytes(
        _ memory: Kibibytes, path: String, _ obstacles: inout Obstacles
    ) -> Kibibytes? {
        guard memory.count > 0, let rounded = memory.roundedUpToMebibyte else {
            obstacles.note(Untranslatable(path: path, reason: .memoryOutOfRange(memory)))
            return nil
        }
        return rounded
    }

    /// The limits that stand at the bus which every guest has.
    private mutating func setLimits(_ controllers: [Controller]) {
        for controller in controllers where controller.type == .xenbus {
            if let frames = controller.maxGrantFrames, frames > 0 { maxGrantFrames = frames }
            if let channels = controller.maxEventChannels, channels > 0 { eventChannels = channels }
        }
    }

    private mutating func setEmulator(_ definition: DomainDefinition) {
        deviceModel = definition.emulator
        extra = definition.deviceModelArguments
        // libvirt's default: the program is one for this libxl, not one of the old kind.
        if definition.emulator != nil, definition.operatingSystem.guestType == .hvm { deviceModelVersion = .qemuXen }
    }

    /// What of an emulated machine comes from all over the document.
    private mutating func setMachine(_ definition: DomainDefinition, _ obstacles: inout Obstacles) {
        hvm.acpiS3 = definition.powerManagement.suspendToMemory
        hvm.acpiS4 = definition.powerManagement.suspendToDisk
        hvm.acpiFirmware = definition.operatingSystem.acpiTables.first?.path
        if let id = definition.generationID {
            hvm.generationID = LibxlGenerationID(id)
            if hvm.generationID == nil {
                obstacles.note(Untranslatable(path: "/domain/genid", reason: .zeroGenerationID))
            }
        }
        setSerialPorts(definition, &obstacles)
        obstacles.noting { () throws(Untranslatable) in try setInputs(definition) }
        for case .sound(let sound) in definition.devices {
            hvm.soundHardware = sound.model == .ich6 ? "hda" : sound.model.rawValue
            break
        }
    }
}

extension Sound: TranslatedDevice {
    static var probes: [DeviceProbe] { [] }

    /// Nothing by itself: QEMU has the first alone.
    func libxlDevice(as devid: DeviceID, for guest: TargetGuest) throws(Untranslatable) -> PassedDevice? { nil }

    var group: TranslationReport.Group? { .others }
}

extension LibxlGenerationID {
    /// The octets as a guest reads them: the first three groups of the text form with their least octet first. Source:
    /// Microsoft's "Virtual Machine Generation ID", a GUID in memory.
    fileprivate init?(_ id: DomainUUID) {
        let first = UInt32(truncatingIfNeeded: id.high >> 32).byteSwapped
        let second = UInt16(truncatingIfNeeded: id.high >> 16).byteSwapped
        let third = UInt16(truncatingIfNeeded: id.high).byteSwapped
        self.init(high: UInt64(first) << 32 | UInt64(second) << 16 | UInt64(third), low: id.low)
    }
}
