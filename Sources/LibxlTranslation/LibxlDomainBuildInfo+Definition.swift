import LibxlAPI
import XenModel
import XenUnits

extension LibxlDomainBuildInfo {
    /// What libxl is told to build into the domain.
    init(_ definition: DomainDefinition, _ context: TranslationContext) throws(Untranslatable) {
        let guestType = definition.operatingSystem.guestType
        let maximum = try Self.wholeMebibytes(definition.memory, path: "/domain/memory")
        let current = try Self.wholeMebibytes(definition.currentMemory, path: "/domain/currentMemory")
        guard current <= maximum else {
            throw Untranslatable(
                path: "/domain/currentMemory",
                reason: .currentMemoryAboveMaximum(current: definition.currentMemory, maximum: definition.memory))
        }
        let vcpus = try Self.checked(definition.vcpus)
        self.init(
            maxVCPUs: vcpus.maximum, availableVCPUs: vcpus.onLine, maxMemory: maximum, targetMemory: current)
        try setPlacement(definition, context)
        try setScheduler(definition)
        try setClock(definition.clock, guestType)
        try setFeatures(definition, guestType)
        try setProcessor(definition.processor, guestType, context)
        try setBoot(definition, context)
        try setLimits(definition.controllers)
        try setEmulator(definition)
        try setOptions(definition.xen, guestType)
        if guestType == .hvm { try setMachine(definition) }
    }

    /// libvirt's rule: libxl is given memory in whole MiB, rounded up.
    private static func wholeMebibytes(_ memory: Kibibytes, path: String) throws(Untranslatable) -> Kibibytes {
        guard memory.count > 0, let rounded = memory.roundedUpToMebibyte else {
            throw Untranslatable(path: path, reason: .memoryOutOfRange(memory))
        }
        return rounded
    }

    /// The limits that stand at the bus which every guest has.
    private mutating func setLimits(_ controllers: [Controller]) throws(Untranslatable) {
        for controller in controllers where controller.type == .xenbus {
            if let frames = controller.maxGrantFrames, frames > 0 { maxGrantFrames = frames }
            if let channels = controller.maxEventChannels, channels > 0 { eventChannels = channels }
        }
    }

    private mutating func setEmulator(_ definition: DomainDefinition) throws(Untranslatable) {
        deviceModel = definition.emulator
        extra = definition.deviceModelArguments
        // libvirt's default: the program is one for this libxl, not one of the old kind.
        if definition.emulator != nil, definition.operatingSystem.guestType == .hvm { deviceModelVersion = .qemuXen }
    }

    /// What of an emulated machine comes from all over the document.
    private mutating func setMachine(_ definition: DomainDefinition) throws(Untranslatable) {
        hvm.acpiS3 = definition.powerManagement.suspendToMemory
        hvm.acpiS4 = definition.powerManagement.suspendToDisk
        hvm.acpiFirmware = definition.operatingSystem.acpiTables.first?.path
        if let id = definition.generationID {
            guard let told = LibxlGenerationID(id) else {
                throw Untranslatable(path: "/domain/genid", reason: .zeroGenerationID)
            }
            hvm.generationID = told
        }
        try setSerialPorts(definition)
        try setInputs(definition)
        for case .sound(let sound) in definition.devices {
            hvm.soundHardware = sound.model == .ich6 ? "hda" : sound.model.rawValue
            break
        }
    }
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
