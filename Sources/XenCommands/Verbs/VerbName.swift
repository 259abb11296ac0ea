import ArgumentParser

/// The verbs by name, in the order in which help lists them.
///
/// A name leads to its verb without a look at the others, which are many and cost a command its start.
enum VerbName: String, CaseIterable {
    case define
    case undefine
    case start
    case create
    case suspend
    case resume
    case shutdown
    case reboot
    case destroy
    case recover
    case autostart
    case list
    case dominfo
    case domstate
    case domid
    case domuuid
    case domname
    case desc
    case dumpxml
    case console
    case ttyconsole
    case domjobinfo
    case domjobabort
    case check
    case domxmlFromNative = "domxml-from-native"
    case domxmlToNative = "domxml-to-native"
    case xlImport = "xl-import"
    case attachDevice = "attach-device"
    case attachDisk = "attach-disk"
    case attachInterface = "attach-interface"
    case detachDevice = "detach-device"
    case detachDeviceAlias = "detach-device-alias"
    case detachDisk = "detach-disk"
    case detachInterface = "detach-interface"
    case updateDevice = "update-device"
    case adopt
    case changeMedia = "change-media"
    case aliasSet = "alias-set"
    case domifSetlink = "domif-setlink"
    case domifSetbridge = "domif-setbridge"
    case deviceList = "device-list"
    case domiflist
    case domblklist
    case domifGetlink = "domif-getlink"
    case vncdisplay
    case domdisplay
    case uri
    case hostname
    case version
    case event
    case fake

    /// What the verb is about: the heading that help lists it under.
    enum Group: String, CaseIterable {
        case domain = "Domain"
        case document = "Document"
        case device = "Device"
        case host = "Host"
    }

    /// The heading of this verb.
    var group: Group {
        switch self {
        case .define, .undefine, .start, .create, .suspend, .resume, .shutdown, .reboot, .destroy, .recover, .autostart,
            .list,
            .dominfo, .domstate, .domid, .domuuid, .domname, .desc, .dumpxml, .console, .ttyconsole, .domjobinfo,
            .domjobabort:
            .domain
        case .check, .domxmlFromNative, .domxmlToNative, .xlImport: .document
        case .attachDevice, .attachDisk, .attachInterface, .detachDevice, .detachDeviceAlias, .detachDisk,
            .detachInterface, .updateDevice, .adopt, .aliasSet, .changeMedia, .domifSetlink, .domifSetbridge,
            .deviceList, .domiflist, .domblklist, .domifGetlink, .vncdisplay, .domdisplay:
            .device
        case .uri, .hostname, .version, .event, .fake: .host
        }
    }

    /// What the argument parser is to know of the verb: `usage` is what follows its name.
    func configuration(abstract: String, usage: String, discussion: String = "") -> CommandConfiguration {
        CommandConfiguration(
            commandName: rawValue, _superCommandName: Xenkeeper.name, abstract: abstract,
            usage: "\(Xenkeeper.name) \(rawValue)" + (usage.isEmpty ? "" : " \(usage)"), discussion: discussion)
    }

    /// The verb itself.
    var verb: any Verb.Type {
        switch self {
        case .define: Define.self
        case .undefine: Undefine.self
        case .start: Start.self
        case .create: Create.self
        case .suspend: Suspend.self
        case .resume: Resume.self
        case .shutdown: Shutdown.self
        case .reboot: Reboot.self
        case .destroy: Destroy.self
        case .recover: Recover.self
        case .autostart: Autostart.self
        case .list: List.self
        case .dominfo: Dominfo.self
        case .domstate: Domstate.self
        case .domid: Domid.self
        case .domuuid: Domuuid.self
        case .domname: Domname.self
        case .desc: Desc.self
        case .dumpxml: Dumpxml.self
        case .console: ConsoleVerb.self
        case .ttyconsole: Ttyconsole.self
        case .domjobinfo: Domjobinfo.self
        case .domjobabort: Domjobabort.self
        case .check: Check.self
        case .domxmlFromNative: DomxmlFromNative.self
        case .domxmlToNative: DomxmlToNative.self
        case .xlImport: XlImport.self
        case .attachDevice: AttachDevice.self
        case .attachDisk: AttachDisk.self
        case .attachInterface: AttachInterface.self
        case .detachDevice: DetachDevice.self
        case .detachDeviceAlias: DetachDeviceAlias.self
        case .detachDisk: DetachDisk.self
        case .detachInterface: DetachInterface.self
        case .updateDevice: UpdateDevice.self
        case .adopt: Adopt.self
        case .changeMedia: ChangeMedia.self
        case .aliasSet: AliasSet.self
        case .domifSetlink: DomifSetlink.self
        case .domifSetbridge: DomifSetbridge.self
        case .deviceList: DeviceList.self
        case .domiflist: Domiflist.self
        case .domblklist: Domblklist.self
        case .domifGetlink: DomifGetlink.self
        case .vncdisplay: Vncdisplay.self
        case .domdisplay: Domdisplay.self
        case .uri: Uri.self
        case .hostname: Hostname.self
        case .version: VersionVerb.self
        case .event: EventVerb.self
        case .fake: Fake.self
        }
    }
}
