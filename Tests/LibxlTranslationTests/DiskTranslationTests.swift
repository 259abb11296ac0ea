import LibxlAPI
import LibxlTestKit
import LibxlTranslation
import Testing
import XenModel
import XenUnits

@Suite("A disk as it is passed to libxl")
struct DiskTranslationTests {
    struct Served: CustomTestStringConvertible {
        let driver: String?
        let type: String?
        let backend: DiskBackend
        let format: DiskFormat
        var testDescription: String { "driver \(driver ?? "-"), type \(type ?? "-")" }
    }

    static let served: [Served] = [
        Served(driver: nil, type: nil, backend: .unknown, format: .raw),
        Served(driver: nil, type: "aio", backend: .unknown, format: .raw),
        Served(driver: nil, type: "qcow2", backend: .unknown, format: .qcow2),
        Served(driver: nil, type: "vhd", backend: .unknown, format: .vhd),
        Served(driver: "qemu", type: nil, backend: .qdisk, format: .raw),
        Served(driver: "qemu", type: "raw", backend: .qdisk, format: .raw),
        Served(driver: "qemu", type: "aio", backend: .qdisk, format: .raw),
        Served(driver: "qemu", type: "qcow", backend: .qdisk, format: .qcow),
        Served(driver: "qemu", type: "qcow2", backend: .qdisk, format: .qcow2),
        Served(driver: "qemu", type: "qed", backend: .qdisk, format: .qed),
        Served(driver: "qemu", type: "vhd", backend: .qdisk, format: .vhd),
        Served(driver: "tap", type: nil, backend: .tap, format: .raw),
        Served(driver: "tap", type: "aio", backend: .tap, format: .raw),
        Served(driver: "tap", type: "vhd", backend: .tap, format: .vhd),
        Served(driver: "tap", type: "qcow", backend: .qdisk, format: .qcow),
        Served(driver: "tap", type: "qcow2", backend: .qdisk, format: .qcow2),
        Served(driver: "tap", type: "qed", backend: .qdisk, format: .qed),
        Served(driver: "tap2", type: "raw", backend: .tap, format: .raw),
        Served(driver: "tap2", type: "vhd", backend: .tap, format: .vhd),
        Served(driver: "tap2", type: "qcow2", backend: .qdisk, format: .qcow2),
        Served(driver: "file", type: nil, backend: .qdisk, format: .raw),
        Served(driver: "file", type: "raw", backend: .qdisk, format: .raw),
        Served(driver: "phy", type: nil, backend: .phy, format: .raw),
        Served(driver: "phy", type: "raw", backend: .phy, format: .raw),
    ]

    @Test("driver and type choose backend and format", arguments: served)
    func choosesBackendAndFormat(_ served: Served) throws {
        let disk = Samples.disk {
            $0.driverName = served.driver
            $0.driverType = served.type
        }
        let passed = try LibxlDeviceDisk(disk, guestType: .pv, plug: .atStart)
        #expect(passed.backend == served.backend)
        #expect(passed.format == served.format)
    }

    struct Case: CustomTestStringConvertible {
        let testDescription: String
        let disk: Disk
        let json: String
    }

    static let cases: [Case] = [
        Case(
            testDescription: "nothing but a source and a target", disk: Samples.disk(),
            json: #"""
                {"pdev_path": "/images/inn.img", "vdev": "xvda", "format": "raw", "removable": 1, "readwrite": 1}
                """#),
        Case(
            testDescription: "read-only, served by another domain",
            disk: Samples.disk {
                $0.isReadOnly = true
                $0.backendDomain = "storage"
                $0.source = DiskSource(kind: .block, path: "/dev/vg/inn")
                $0.driverName = "phy"
            },
            json: #"""
                {"backend_domname": "storage", "pdev_path": "/dev/vg/inn", "vdev": "xvda", "backend": "phy",
                 "format": "raw", "removable": 1}
                """#),
        Case(
            testDescription: "a CD-ROM with a medium",
            disk: Samples.disk {
                $0 = Disk(device: .cdrom, source: DiskSource(kind: .file, path: "/iso/a.iso"), target: "hdc")
                $0.driverName = "qemu"
            },
            json: #"""
                {"pdev_path": "/iso/a.iso", "vdev": "hdc", "backend": "qdisk", "format": "raw", "removable": 1,
                 "is_cdrom": 1}
                """#),
        Case(
            testDescription: "a CD-ROM that the document did not call read-only",
            disk: Samples.disk {
                $0 = Disk(device: .cdrom, source: DiskSource(kind: .file, path: "/iso/a.iso"), target: "hdc")
                $0.isReadOnly = false
            },
            json: #"""
                {"pdev_path": "/iso/a.iso", "vdev": "hdc", "format": "raw", "removable": 1, "is_cdrom": 1}
                """#),
        Case(
            testDescription: "an empty CD-ROM drive",
            disk: Disk(device: .cdrom, source: DiskSource(kind: .file, path: nil), target: "hdc"),
            json: #"{"vdev": "hdc", "format": "empty", "removable": 1, "is_cdrom": 1}"#),
        Case(
            testDescription: "name, bus, address and sharing stay behind",
            disk: Samples.disk {
                $0.alias = DeviceAlias("ua-root")
                $0.bus = "xen"
                $0.isShareable = true
                $0.address = GuestAddress(type: "drive", fields: ["unit": "0"])
            },
            json: #"""
                {"pdev_path": "/images/inn.img", "vdev": "xvda", "format": "raw", "removable": 1, "readwrite": 1}
                """#),
        Case(
            testDescription: "a script, and what libvirt cannot express",
            disk: Samples.disk {
                $0.driverName = "phy"
                $0.script = "block-iscsi"
                $0.directIOSafe = true
                $0.removable = false
                $0.discard = .unmap
            },
            json: #"""
                {"pdev_path": "/images/inn.img", "vdev": "xvda", "backend": "phy", "format": "raw", "readwrite": 1,
                 "script": "block-iscsi", "direct_io_safe": true, "discard_enable": "True"}
                """#),
        Case(
            testDescription: "discarding on a read-only disk is nothing to libxl",
            disk: Samples.disk {
                $0.isReadOnly = true
                $0.discard = .ignore
            },
            json: #"{"pdev_path": "/images/inn.img", "vdev": "xvda", "format": "raw", "removable": 1}"#),
        Case(
            testDescription: "what the guest discards is kept", disk: Samples.disk { $0.discard = .ignore },
            json: #"""
                {"pdev_path": "/images/inn.img", "vdev": "xvda", "format": "raw", "removable": 1, "readwrite": 1,
                 "discard_enable": "False"}
                """#),
    ]

    struct Image: CustomTestStringConvertible {
        let testDescription: String
        let path: String
        let vary: @Sendable (inout NetworkDiskSource) -> Void
    }

    static let images: [Image] = [
        Image(testDescription: "a name", path: "rbd:pool/inn:auth_supported=none") { _ in },
        Image(
            testDescription: "monitors, a file and a snapshot",
            path: #"rbd:pool/inn@yesterday:auth_supported=none:mon_host=a\:6789\;[2001\:db8\:\:7]:conf=/etc/c\:eph"#
        ) {
            $0.snapshot = "yesterday"
            $0.hosts = [NetworkDiskHost(name: "a", port: 6789), NetworkDiskHost(name: "2001:db8::7")]
            $0.configurationFile = "/etc/c:eph"
        },
        Image(
            testDescription: "a user without a secret", path: "rbd:pool/inn:id=admin:auth_supported=none"
        ) {
            $0.user = "admin"
        },
        Image(testDescription: "nothing of how to authenticate", path: "rbd:pool/inn") {
            $0.authenticatesAsConfigured = true
        },
        Image(
            testDescription: "a user and a key", path: #"rbd:pool/inn:id=admin:key=QUJD\=:auth_supported=cephx\;none"#
        ) {
            $0.user = "admin"
            $0.secret = .usage("ceph")
        },
    ]

    @Test("an rbd image is named as QEMU reads it", arguments: images)
    func image(_ image: Image) throws {
        var network = NetworkDiskSource(networkProtocol: "rbd", name: "pool/inn")
        image.vary(&network)
        var context = TranslationContext()
        context.secrets = [.usage("ceph"): "QUJD="]
        let disk = Samples.disk { $0.source = DiskSource(network: network) }
        let passed = try LibxlDeviceDisk(disk, guestType: .pv, plug: .hot, context: context)
        #expect(passed.pdevPath == image.path)
        #expect(passed.backend == .qdisk)
    }

    @Test("libxl's JSON says what the document said", arguments: cases, GuestType.allCases)
    func saysWhatTheDocumentSaid(_ example: Case, guestType: GuestType) throws {
        let disk = try LibxlDeviceDisk(example.disk, guestType: guestType, plug: .atStart)
        #expect(try JSONValue(encoding: disk) == JSONValue(parsing: example.json))
    }

    struct Refused: CustomTestStringConvertible {
        let testDescription: String
        var plug = PlugTime.atStart
        let disk: Disk
        let path: String
        let reason: Untranslatable.Reason
    }

    static func formatRefused(_ type: String, _ driver: String) -> Refused {
        Refused(
            testDescription: "\(type) by \(driver)",
            disk: Samples.disk {
                $0.driverName = driver
                $0.driverType = type
            }, path: "driver/@type", reason: .formatNotForDriver(format: type, driver: driver))
    }

    static func networkRefused(
        _ description: String, _ path: String, _ reason: Untranslatable.Reason, driver: String? = nil,
        vary: (inout NetworkDiskSource) -> Void
    ) -> Refused {
        var network = NetworkDiskSource(networkProtocol: "rbd", name: "pool/inn")
        vary(&network)
        return Refused(
            testDescription: "a network disk \(description)",
            disk: Samples.disk {
                $0.source = DiskSource(network: network)
                $0.driverName = driver
            }, path: path, reason: reason)
    }

    static let refused: [Refused] = [
        formatRefused("qcow2", "phy"), formatRefused("vhd", "phy"), formatRefused("qcow", "file"),
        formatRefused("qed", "file"),
        Refused(
            testDescription: "unknown driver", disk: Samples.disk { $0.driverName = "nbd" }, path: "driver/@name",
            reason: .unknownDiskDriver("nbd")),
        Refused(
            testDescription: "unknown format", disk: Samples.disk { $0.driverType = "vmdk" }, path: "driver/@type",
            reason: .unknownDiskFormat("vmdk")),
        Refused(
            testDescription: "vpc, which libvirt's driver refuses too",
            disk: Samples.disk {
                $0.driverName = "tap"
                $0.driverType = "vpc"
            }, path: "driver/@type", reason: .unknownDiskFormat("vpc")),
        Refused(
            testDescription: "a virtio target", disk: Samples.disk { $0.target = "vda" }, path: "target/@dev",
            reason: .notAVdev(target: "vda")),
        Refused(
            testDescription: "a virtio target of a hot-plugged disk", plug: .hot,
            disk: Samples.disk {
                $0.target = "vda"
                $0.bus = "xen"
            }, path: "target/@dev", reason: .notAVdev(target: "vda")),
        Refused(
            testDescription: "a disk without a source", disk: Samples.disk { $0.source.path = nil }, path: "source",
            reason: .sourceMissing),
        Refused(
            testDescription: "a disk that forgets", disk: Samples.disk { $0.isTransient = true }, path: "transient",
            reason: .transientDisk),
        Refused(
            testDescription: "a floppy drive", disk: Samples.disk { $0.device = .floppy }, path: "@device",
            reason: .unsupported(.diskDevice, "floppy")),
        Refused(
            testDescription: "a script of QEMU's",
            disk: Samples.disk {
                $0.driverName = "qemu"
                $0.script = "block-x"
            }, path: "xenkeeper:script/@path", reason: .scriptNotForDriver("qemu")),
        networkRefused("of another protocol", "source/@protocol", .unsupported(.networkProtocol, "iscsi")) {
            $0.networkProtocol = "iscsi"
        },
        networkRefused("with a colon", "source/@name", .colonInName("a:b")) { $0.name = "a:b" },
        networkRefused("without a name", "source/@name", .sourceMissing) { $0.name = nil },
        networkRefused("with an unknown secret", "auth/secret", .unknownSecret("ceph")) {
            $0.user = "admin"
            $0.secret = .usage("ceph")
        },
        networkRefused("by another driver", "driver/@name", .networkDiskNeedsQEMU(driver: "phy"), driver: "phy") { _ in
        },
        Refused(
            testDescription: "hot-plug on bus ide", plug: .hot, disk: Samples.disk { $0.bus = "ide" },
            path: "target/@bus", reason: .busNotHotPluggable(bus: "ide")),
        Refused(
            testDescription: "hot-plug of a target that means ide", plug: .hot,
            disk: Samples.disk { $0.target = "hdb" },
            path: "target/@bus", reason: .busNotHotPluggable(bus: "ide")),
        Refused(
            testDescription: "hot-plug of a target that means scsi", plug: .hot,
            disk: Samples.disk { $0.target = "sdb" },
            path: "target/@bus", reason: .busNotHotPluggable(bus: "scsi")),
        Refused(
            testDescription: "hot-plug of a CD-ROM drive", plug: .hot,
            disk: Disk(device: .cdrom, source: DiskSource(kind: .file, path: "/iso/a.iso"), target: "xvdc"),
            path: "@device", reason: .deviceNotHotPluggable(device: "cdrom")),
    ]

    @Test("a disk that libxl cannot express is refused by its target", arguments: refused)
    func refusedByTarget(_ refused: Refused) {
        #expect(
            throws: Untranslatable(
                path: "/domain/devices/disk/\(refused.path)", device: refused.disk.target, reason: refused.reason)
        ) {
            try LibxlDeviceDisk(refused.disk, guestType: .pv, plug: refused.plug)
        }
    }

    @Test("a disk on the paravirtual bus can be hot-plugged", arguments: ["xvdb", "d1p0", "51728"])
    func hotPlugged(target: String) throws {
        let disk = try LibxlDeviceDisk(Samples.disk { $0.target = target }, guestType: .hvm, plug: .hot)
        #expect(disk.vdev == target)
        #expect(disk.number == BlockDeviceNumber(rawValue: 51728))
    }

    @Test("an ide disk is hot-plugged where the document puts it on bus xen")
    func busOverridesName() throws {
        let disk = Samples.disk {
            $0.target = "hdb"
            $0.bus = "xen"
        }
        #expect(try LibxlDeviceDisk(disk, guestType: .hvm, plug: .hot).vdev == "hdb")
    }

    @Test("at start any bus will do", arguments: ["hda", "sda", "xvda"], ["ide", "scsi", "xen", "virtio"])
    func anyBusAtStart(target: String, bus: String) throws {
        let disk = Samples.disk {
            $0.target = target
            $0.bus = bus
        }
        #expect(try LibxlDeviceDisk(disk, guestType: .hvm, plug: .atStart).vdev == target)
    }
}
