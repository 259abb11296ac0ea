package import LibxlAPI
public import XenModel
package import XenUnits

extension VirtualTPM: TranslatedDevice {
    static var probes: [DeviceProbe] {
        let of = DeviceProbes<VirtualTPM>()
        return [
            of.always("@backenddomain") { $0.backendDomain += "x" },
            of.optional("@uuid", \.uuid),
        ]
    }

    var numberedList: String? { LibxlDeviceVTPM.listName }

    func libxlDevice(as devid: DeviceID, for guest: TargetGuest) throws(Untranslatable) -> PassedDevice? {
        PassedDevice(LibxlDeviceVTPM(self, devid: devid))
    }
}

extension LibxlDeviceVTPM {
    /// What libxl is given for a virtual TPM, at start or while the guest runs. Source: `xenkeeper:vtpm`.
    package init(_ tpm: VirtualTPM, devid: DeviceID) {
        self.init(devid: devid)
        backendDomainName = tpm.backendDomain
        if let uuid = tpm.uuid { self.uuid = uuid }
    }
}

extension VirtualDisplay: TranslatedDevice {
    static var probes: [DeviceProbe] {
        let of = DeviceProbes<VirtualDisplay>()
        return [
            of.optional("@backenddomain", \.backendDomain),
            of.flag("@beAlloc", \.backendAllocates),
            of.list("connector", \.connectors),
        ]
    }

    var numberedList: String? { LibxlDeviceVDispl.listName }

    func libxlDevice(as devid: DeviceID, for guest: TargetGuest) throws(Untranslatable) -> PassedDevice? {
        PassedDevice(LibxlDeviceVDispl(self, devid: devid))
    }
}

extension LibxlDeviceVDispl {
    /// What libxl is given for a paravirtual display, at start or while the guest runs.
    ///
    /// Source: `/domain/devices/xenkeeper:vdispl`.
    package init(_ display: VirtualDisplay, devid: DeviceID) {
        self.init(devid: devid)
        backendDomainName = display.backendDomain
        backendAllocates = display.backendAllocates
        connectors = display.connectors.map { connector in
            var passed = LibxlConnectorParam()
            passed.uniqueID = connector.id
            passed.width = connector.width
            passed.height = connector.height
            return passed
        }
    }
}

extension VirtualSound: TranslatedDevice {
    static var probes: [DeviceProbe] {
        let of = DeviceProbes<VirtualSound>()
        return [
            of.optional("@backenddomain", \.backendDomain),
            of.optional("@shortName", \.shortName),
            of.optional("@longName", \.longName),
            of.list("@sampleRates", \.parameters.sampleRates),
            of.list("@sampleFormats", \.parameters.sampleFormats),
            of.optional("@channelsMin", \.parameters.channelsMin),
            of.optional("@channelsMax", \.parameters.channelsMax),
            of.optional("@bufferSize", \.parameters.bufferSize),
            of.list("pcm", \.pcms),
        ]
    }

    var numberedList: String? { LibxlDeviceVSnd.listName }

    func libxlDevice(as devid: DeviceID, for guest: TargetGuest) throws(Untranslatable) -> PassedDevice? {
        PassedDevice(try LibxlDeviceVSnd(self, devid: devid))
    }
}

extension LibxlDeviceVSnd {
    /// What libxl is given for a paravirtual sound card, at start or while the guest runs.
    ///
    /// Source: `/domain/devices/xenkeeper:vsnd`.
    package init(_ sound: VirtualSound, devid: DeviceID) throws(Untranslatable) {
        self.init(devid: devid)
        let name = sound.shortName ?? "vsnd"
        backendDomainName = sound.backendDomain
        shortName = sound.shortName
        longName = sound.longName
        parameters = try LibxlVSndParams(sound.parameters, at: "", of: name)
        for pcm in sound.pcms {
            var passed = LibxlVSndPCM()
            passed.name = pcm.name
            passed.parameters = try LibxlVSndParams(pcm.parameters, at: "pcm/", of: name)
            for stream in pcm.streams {
                var passedStream = LibxlVSndStream()
                passedStream.uniqueID = stream.id
                passedStream.type = stream.direction
                passedStream.parameters = try LibxlVSndParams(stream.parameters, at: "pcm/stream/", of: name)
                passed.streams.append(passedStream)
            }
            pcms.append(passed)
        }
    }
}

extension LibxlVSndParams {
    fileprivate init(_ parameters: SoundParameters, at part: String, of name: String) throws(Untranslatable) {
        self.init()
        sampleRates = parameters.sampleRates
        for word in parameters.sampleFormats {
            guard let format = LibxlVSndPCMFormat(rawValue: word) else {
                throw Untranslatable(
                    path: "/domain/devices/xenkeeper:vsnd/\(part)@sampleFormats", device: name,
                    reason: .unsupported(.sampleFormat, word))
            }
            sampleFormats.append(format)
        }
        channelsMinimum = parameters.channelsMin ?? 0
        channelsMaximum = parameters.channelsMax ?? 0
        bufferSize = parameters.bufferSize ?? 0
    }
}
