import LibxlTestKit

// What libvirt writes into a document although nobody said it, or libxl takes for said. Each rule is one such thing, and
// holds in the cases alone that need it.

extension DocumentTree {
    /// The same without words that say what holds without them.
    ///
    /// Source: the defaults of libvirt's domain format.
    func withoutDefaultWords() -> DocumentTree {
        var tree = self
        // The checks of the processor that every guest of Xen's has, for Xen has no others.
        tree.domain.remove("/domain/cpu/@match", "exact")
        tree.domain.remove("/domain/cpu/@check", "none")
        tree.domain.removeAdjustedOffset()
        for deviceClass in tree.devices.keys {
            tree.devices[deviceClass] = tree.devices[deviceClass]?.map { device in
                var device = device
                switch deviceClass {
                case "serial":
                    // The one kind of serial port that a PC has.
                    device.remove("/target/@type", "isa-serial")
                    device.remove("/target/model/@name", "isa-serial")
                    device.removeChannelDefaults(below: "")
                case "channel", "console", "parallel", "redirdev", "smartcard": device.removeChannelDefaults(below: "")
                case "rng": device.removeChannelDefaults(below: "/backend")
                case "graphics": device.removeGraphicsDefaults()
                // Without a card that is said to be the first, the first one is it.
                case "video": if tree.devices["video"]?.count == 1 { device.remove("/model/@primary", "yes") }
                default: break
                }
                return device
            }
        }
        return tree
    }

    /// The same without those devices that libvirt adds to every document and `other` does not have.
    func withoutAddedDevices(missingIn other: DocumentTree) -> DocumentTree {
        var tree = self
        for (deviceClass, devices) in tree.devices {
            let others = other.devices[deviceClass] ?? []
            var spare = devices.count - others.count
            var kept = devices
            for index in devices.indices.reversed() where spare > 0 {
                guard !others.contains(devices[index]), Self.isAdded(deviceClass, devices[index]) else { continue }
                kept.remove(at: index)
                spare -= 1
            }
            tree.devices[deviceClass] = kept
        }
        // A smartcard is given a place on the controller that comes with it.
        if other.devices["smartcard"]?.contains(where: { $0["/address/@type"] != nil }) == false {
            tree.devices["smartcard"] = tree.devices["smartcard"]?.map { card in
                card.filter { !(card["/address/@type"] == "ccid" && $0.key.hasPrefix("/address/")) }
            }
        }
        return tree
    }

    private static func isAdded(_ deviceClass: String, _ device: Leaves) -> Bool {
        switch deviceClass {
        // A pointer and a keyboard come with a guest, on the bus of its type.
        case "input":
            device == ["/@type": "mouse", "/@bus": "ps2"] || device == ["/@type": "keyboard", "/@bus": "ps2"]
                || device == ["/@type": "mouse", "/@bus": "xen"] || device == ["/@type": "keyboard", "/@bus": "xen"]
        // Every guest of Xen's has a balloon, whether it is passed to Xen or not.
        case "memballoon": device == ["/@model": "xen"]
        // A bus appears with the first device on it. No document can change these.
        case "controller":
            ["xenbus", "ide", "scsi", "ccid"].contains { device == ["/@type": $0, "/@index": "0"] }
        // A pv guest has its console.
        case "console": device == ["/@type": "pty", "/target/@type": "xen", "/target/@port": "0"]
        // A display brings a card: what libxl gives an hvm guest whose configuration names none.
        case "video":
            device == [
                "/model/@type": "cirrus", "/model/@vram": "8192", "/model/@heads": "1", "/model/@primary": "yes",
            ] || device == ["/model/@type": "cirrus", "/model/@vram": "8192", "/model/@heads": "1"]
        default: false
        }
    }

    /// The same with what libvirt puts into every document that it makes of an xl.cfg.
    func asMadeOfConfiguration() -> DocumentTree {
        var tree = self
        let machines = ["hvm": "xenfv", "linux": "xenpv", "xenpvh": "xenpvh"]
        let type = tree.domain["/domain/os/type"] ?? ""
        tree.domain.add("/domain/os/type/@machine", machines[type])
        tree.domain.add("/domain/os/type/@arch", "x86_64")
        if type == "hvm", tree.domain["/domain/os/@firmware"] == nil, tree.domain["/domain/os/loader"] == nil {
            // The image that libxl takes by itself, where a Xen that was built without a distribution has it.
            tree.domain.add("/domain/os/loader", "/usr/lib/xen/boot/hvmloader")
            tree.domain.add("/domain/os/loader/@type", "rom")
        }
        if tree.domain["/domain/os/loader"] != nil { tree.domain.add("/domain/os/loader/@format", "raw") }
        tree.devices["disk"] = tree.devices["disk"]?.map { disk in
            var disk = disk
            disk.add("/target/@bus", Self.bus(ofTarget: disk["/target/@dev"] ?? ""))
            // Where libvirt draws the disk on an emulated bus; Xen places it by its target.
            if disk["/address/@type"] == "drive" { disk = disk.filter { !$0.key.hasPrefix("/address/") } }
            return disk
        }
        tree.devices["graphics"] = tree.devices["graphics"]?.map { graphics in
            var graphics = graphics
            // xl's switch is off, and libvirt writes it out.
            if graphics["/@type"] == "spice" { graphics.add("/clipboard/@copypaste", "no") }
            return graphics
        }
        return tree
    }

    /// The same without the word of ours that an xl.cfg's disk is not shown as one that can be taken out: libvirt has no
    /// such word, and takes every disk for one that can.
    func withoutRemovability() -> DocumentTree {
        var tree = self
        tree.devices["disk"] = tree.devices["disk"]?.map { disk in
            var disk = disk
            disk.remove("/options/@removable", "no")
            return disk
        }
        return tree
    }

    /// The same without the card that libxl gives an hvm guest whose configuration names none.
    func withoutUsualCard() -> DocumentTree {
        var tree = self
        // The only card is the first, whether that is said or not.
        let cards = tree.devices["video"]?.map { card in card.filter { $0.key != "/model/@primary" } }
        let isUsual = cards == [["/model/@type": "cirrus", "/model/@vram": "8192"]]
        if tree.domain["/domain/os/type"] == "hvm", isUsual { tree.devices["video"] = nil }
        return tree
    }

    /// What libvirt derives from the target's name.
    private static func bus(ofTarget target: String) -> String? {
        [("hd", "ide"), ("xvd", "xen"), ("sd", "scsi")].first { target.hasPrefix($0.0) }?.1
    }
}

extension Leaves {
    /// Says `value` at `path` if nothing is said there.
    fileprivate mutating func add(_ path: String, _ value: String?) {
        if self[path] == nil { self[path] = value }
    }

    /// Says nothing at `path` if `value` is said there.
    fileprivate mutating func remove(_ path: String, _ value: String) {
        if self[path] == value { self[path] = nil }
    }

    /// An offset that is adjusted by seconds is another word for the variable one.
    fileprivate mutating func removeAdjustedOffset() {
        guard let offset = self["/domain/clock/@offset"], ["utc", "localtime"].contains(offset),
            let adjustment = self["/domain/clock/@adjustment"], Int64(adjustment) != nil
        else { return }
        self["/domain/clock/@offset"] = "variable"
        self["/domain/clock/@basis"] = offset
    }

    /// A socket is called, not waited at, and given bytes as they are.
    fileprivate mutating func removeChannelDefaults(below path: String) {
        remove("\(path)/source/@mode", "connect")
        remove("\(path)/protocol/@type", "raw")
    }

    /// A port that is not given, or is -1, is chosen; and the attribute says the first address a second time.
    fileprivate mutating func removeGraphicsDefaults() {
        guard self["/@type"] == "vnc" || self["/@type"] == "spice" else { return }
        if self["/@type"] == "vnc" { remove("/@port", "-1") }
        remove("/@autoport", self["/@port"] == nil && self["/@tlsPort"] == nil ? "yes" : "no")
        if self["/listen/@address"] == nil { add("/listen/@address", self["/@listen"]) }
        if let address = self["/listen/@address"] {
            remove("/@listen", address)
        } else {
            // Without an address it says no more than its absence.
            remove("/listen/@type", "address")
        }
    }
}
