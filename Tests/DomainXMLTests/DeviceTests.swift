import DomainXML
import Testing
import XenModel
import XenUnits

@Suite("A device's document")
struct DeviceTests {
    @Test("may be a disk or an interface, and prints as it reads", arguments: [0, 1, 2, 3, 4])
    func roundTrip(index: Int) throws {
        let domain = try DomainDefinition.parse(fixture("everything-hvm"), options: inactive).value
        let device = domain.devices[index]
        let printed = device.xml()
        let again = try parseDevice(printed)
        #expect(again.value == device)
        #expect(again.notices == [])
        #expect(printed.hasPrefix("<\(device.deviceClass.rawValue) type='"))
        #expect(printed.hasSuffix("</\(device.deviceClass.rawValue)>\n"))
    }

    @Test(
        "of another kind is refused",
        arguments: [
            ("<hostdev/>", "/hostdev", .unexpectedRoot(found: "hostdev", expected: ["disk", "interface"])),
            ("<domain/>", "/domain", .unexpectedRoot(found: "domain", expected: ["disk", "interface"])),
            (
                "<interface type='network'/>", "/interface/@type",
                .unsupportedDevice(value: "network", known: ["bridge", "ethernet"])
            ),
            ("<disk type='network'/>", "/disk/@type", .unsupportedDevice(value: "network", known: ["file", "block"])),
            ("<disk device='lun'/>", "/disk/@device", .unsupportedDevice(value: "lun", known: ["disk", "cdrom"])),
            (
                "<disk type='file' device='floppy'/>", "/disk/@device",
                DomainXMLProblem.unsupportedDevice(value: "floppy", known: ["disk", "cdrom"])
            ),
        ])
    func otherKind(document: String, path: String, problem: DomainXMLProblem) {
        let error = #expect(throws: DomainXMLError.self) { try parseDevice(document) }
        #expect(error == .model(path: path, line: 1, problem: problem))
    }

    @Test("gets an address of Xen's when it gives none, another one each time")
    func generatedMAC() throws {
        let macs = try (0..<8).map { _ in
            guard case .interface(let interface) = try parseDevice("<interface type='ethernet'/>").value else {
                return MACAddress(bits: 0)
            }
            return interface.mac
        }
        #expect(Set(macs).count > 1)
        #expect(macs.allSatisfy { $0.description.hasPrefix("00:16:3e:") })
    }

    @Test("loses a host-side name of Xen's with a notice, and only in a user's document")
    func generatedTarget() throws {
        let document = "<interface type='ethernet'>\n<mac address='00:16:3e:0:0:1'/><target dev='vif3.0'/></interface>"
        let dropped = try parseDevice(document)
        let notice = DocumentNotice(
            path: "/interface/target/@dev", line: 2, kind: .generatedTargetDropped("vif3.0"))
        #expect(dropped.notices == [notice])
        #expect(dropped.value.interface?.target == nil)
        let kept = try parseDevice(document, live)
        #expect(kept.notices == [])
        #expect(kept.value.interface?.target == "vif3.0")
        let named = try parseDevice(document.replacing("vif3.0", with: "tap0"))
        #expect(named.value.interface?.target == "tap0")
    }

    @Test("may name any model only where the driver takes any")
    func models() throws {
        let document = "<interface type='ethernet'><model type='fakemodel'/></interface>"
        #expect(try parseDevice(document).value.interface?.model == "fakemodel")
        let options = ReaderOptions(features: .userAliases, form: .inactive)
        let known = InterfaceModel.allCases.map(\.rawValue)
        for parse in [{ _ = try parseDevice(document, options) }, { _ = try parseRequest(document, options) }] {
            let error = #expect(throws: DomainXMLError.self) { try parse() }
            let problem = DomainXMLProblem.unknownModel("fakemodel", known: known)
            #expect(error == .model(path: "/interface/model/@type", line: 1, problem: problem))
        }
        for model in known {
            let document = document.replacing("fakemodel", with: model)
            #expect(try parseDevice(document, options).value.interface?.model == model)
        }
    }

    @Test("of a CD-ROM drive is read-only, and may be empty")
    func cdrom() throws {
        let disk = try parseDevice("<disk device='cdrom'><source file=''/><target dev='hdc'/></disk>").value.disk
        #expect(disk?.isReadOnly == true)
        #expect(disk?.source == DiskSource(kind: .file, path: nil))
    }

    @Test("keeps a driver's type as written")
    func driverType() throws {
        let document = "<disk><driver name='tap' type='aio'/><source file='/f'/><target dev='xvda'/></disk>"
        #expect(try parseDevice(document).value.disk?.driverType == "aio")
    }

    @Test(
        "may hold addresses of both families",
        arguments: ["192.0.2.1", "0.0.0.0", "::", "2001:DB8::1", "::ffff:192.0.2.1"])
    func ipAddresses(address: String) throws {
        let document = "<interface type='ethernet'><ip address='\(address)'/></interface>"
        #expect(try parseDevice(document).value.interface?.ipAddresses == [address])
    }
}

extension Device {
    fileprivate var interface: Interface? {
        if case .interface(let interface) = self { interface } else { nil }
    }

    fileprivate var disk: Disk? {
        if case .disk(let disk) = self { disk } else { nil }
    }
}
