import DomainXML
import Foundation
import LibXML
import LibxlTestKit
import XenModel

/// A document as the values at its places, to be compared place by place.
typealias Leaves = [String: String]

extension JSONValue {
    /// Every scalar by its path, as in `disks[0].vdev`. What is empty says nothing.
    func leaves(at path: String = "") -> Leaves {
        switch self {
        case .null: [:]
        case .bool(let value): [path: "\(value)"]
        case .number(let value): [path: value == value.rounded() ? "\(Int64(value))" : "\(value)"]
        case .string(let value): [path: value]
        case .array(let values):
            values.enumerated().reduce(into: [:]) { leaves, entry in
                leaves.merge(entry.element.leaves(at: "\(path)[\(entry.offset)]")) { first, _ in first }
            }
        case .object(let members):
            members.reduce(into: [:]) { leaves, member in
                let inner = path.isEmpty ? member.key : "\(path).\(member.key)"
                leaves.merge(member.value.leaves(at: inner)) { first, _ in first }
            }
        }
    }
}

/// A domain document as a tree whose order says only what it means.
struct DocumentTree {
    /// All outside `/domain/devices`.
    var domain: Leaves = [:]
    /// The devices by class, in document order, disks by target: libvirt sorts them, and their order means nothing.
    var devices: [String: [Leaves]] = [:]
    var emulator: String?

    init(_ document: [UInt8]) throws {
        let root = try XMLElement.parse(document)
        for child in root.children where child.name == "devices" {
            for device in child.children {
                if device.name == "emulator" {
                    emulator = device.text
                } else {
                    devices[device.name, default: []].append(Self.leaves(of: device, at: ""))
                }
            }
        }
        devices["disk"]?.sort { ($0["/target/@dev"] ?? "") < ($1["/target/@dev"] ?? "") }
        var rest = root
        rest.content = root.content.filter {
            if case .element(let child) = $0 { child.name != "devices" } else { true }
        }
        domain = Self.leaves(of: rest, at: "/domain")
    }

    /// Every attribute and text by its path, and each element that has neither. Equal names are told apart by number, in
    /// the order of what is in them.
    private static func leaves(of element: XMLElement, at path: String) -> Leaves {
        var leaves: Leaves = [:]
        for attribute in element.attributes { leaves["\(path)/@\(attribute.name)"] = attribute.value }
        let text = element.text.trimmingCharacters(in: .whitespacesAndNewlines)
        if !text.isEmpty { leaves[path] = text }
        let byName = Dictionary(grouping: element.children, by: \.name)
        for (name, children) in byName {
            let inner = children.map { Self.leaves(of: $0, at: "") }
                .sorted {
                    $0.sorted(by: <).map { $0.key + $0.value }.joined()
                        < $1.sorted(by: <).map { $0.key + $0.value }.joined()
                }
            for (index, child) in inner.enumerated() {
                let place = "\(path)/\(name)" + (inner.count > 1 ? "[\(index + 1)]" : "")
                for (key, value) in child { leaves[place + key] = value }
            }
        }
        if leaves.isEmpty { leaves[path] = "" }
        return leaves
    }
}

/// What libvirt writes into a document although nobody said it.
///
/// Each is left out of libvirt's document where ours does not have it too; what ours has is never left out.
enum Implicit {
    /// A device that is added to every guest, or that another device brings.
    static func isDevice(_ deviceClass: String, _ device: Leaves, beside all: DocumentTree) -> Bool {
        switch deviceClass {
        // A pointer and a keyboard come with a display, on the bus of the guest's type.
        case "input": ["mouse", "keyboard"].contains(device["/@type"]) && ["ps2", "xen"].contains(device["/@bus"])
        // Every guest of Xen's has a balloon, whether Xen is told of it or not.
        case "memballoon": device["/@model"] == "xen"
        // A bus appears with the first device on it. Xen makes these itself, and no document can change them.
        case "controller":
            ["xenbus", "ide", "scsi", "fdc", "pci", "virtio-serial"].contains(device["/@type"])
                || device["/@type"] == "usb" && device["/@model"] == nil
        // A pv guest has its console, and an hvm guest one that mirrors its first serial port.
        case "console": ["xen", "serial"].contains(device["/target/@type"])
        // A display brings a card.
        case "video": all.devices["graphics"] != nil
        // Every document of a later libvirt says that there is no sound on the host's side.
        case "audio": device["/@type"] == "none"
        default: false
        }
    }

    /// A part of a device, or of the rest, that a later reading would add again.
    static func isPlace(_ path: String, _ value: String) -> Bool {
        // Where libvirt put the device; Xen places it itself.
        if path.hasPrefix("/address/") { return true }
        return places[path].map { $0 == value } ?? false
    }

    /// A default that is written out.
    private static let places: [String: String] = [
        "/domain/vcpu/@placement": "static",
        "/domain/clock/@adjustment": "reset",
        "/domain/os/type/@arch": "x86_64",
        "/domain/on_poweroff": "destroy", "/domain/on_reboot": "restart", "/domain/on_crash": "destroy",
        "/target/@port": "0", "/target/@bus": "xen", "/@autoport": "no",
    ]
}

/// One place where two documents say different things; nil is nothing said.
struct Difference: Hashable {
    var path: String
    var theirs: String?
    var ours: String?

    static func between(theirs: Leaves, ours: Leaves, under prefix: String = "") -> [Difference] {
        Set(theirs.keys).union(ours.keys).sorted().filter { theirs[$0] != ours[$0] }
            .map { Difference(path: prefix + $0, theirs: theirs[$0], ours: ours[$0]) }
    }

    /// What differs of two domain documents, whatever libvirt adds by itself left out.
    static func between(theirs: DocumentTree, ours: DocumentTree) -> [Difference] {
        var found = between(theirs: theirs.domain, ours: ours.domain)
        if theirs.emulator != ours.emulator {
            found.append(Difference(path: "/domain/devices/emulator", theirs: theirs.emulator, ours: ours.emulator))
        }
        for deviceClass in Set(theirs.devices.keys).union(ours.devices.keys).sorted() {
            let mine = ours.devices[deviceClass] ?? []
            var other = theirs.devices[deviceClass] ?? []
            var spare = other.count - mine.count
            for index in other.indices.reversed() where spare > 0 {
                if !mine.contains(other[index]) && Implicit.isDevice(deviceClass, other[index], beside: theirs) {
                    other.remove(at: index)
                    spare -= 1
                }
            }
            for index in 0..<max(mine.count, other.count) {
                found += between(
                    theirs: index < other.count ? other[index] : [:], ours: index < mine.count ? mine[index] : [:],
                    under: "/domain/devices/\(deviceClass)[\(index + 1)]")
            }
        }
        return found.filter { difference in
            guard difference.ours == nil, let value = difference.theirs else { return true }
            return !Implicit.isPlace(difference.placeInDevice, value)
        }
    }

    /// The path within its device; the whole path outside of devices.
    private var placeInDevice: String {
        guard path.hasPrefix("/domain/devices/"), let end = path.firstIndex(of: "]") else { return path }
        return String(path[path.index(after: end)...])
    }
}
