import LibxlAPI
import XenModel
import XenUnits

extension TranslationReport {
    /// Devices that are passed to libxl together.
    enum Group {
        /// Displays, video cards, and what goes with a display.
        case displays
        /// Controllers and devices of the host, which share their ports.
        case usb
        /// Ports, and the console that may be one.
        case serial
        /// Each alone, or the first of them.
        case others
        /// The first devices of the boot order, one for each letter.
        case boot
    }

    /// Finds what becomes of each thing that a definition says, in a time that grows with its devices and not with their
    /// square: what a device alone decides is observed on it alone, what several decide on those of one group.
    struct Explainer {
        private let definition: DomainDefinition
        private let context: TranslationContext
        private let whole: Observation
        /// All that libxl is given.
        let members: [String: String]
        private let notices: [String: [String?: TranslationNotice.Reason]]
        private let refusals: [String: [String?: Untranslatable.Reason]]
        /// Where each device's own element is in its list; nil for one that has none.
        private let places: [Int?]
        /// The devices of each group, and what libxl is given for a domain that has them alone.
        private let groups: [Group: (devices: [Int], observed: Observation)]
        private let firstInBootOrder: [Device]

        init(
            _ definition: DomainDefinition, _ context: TranslationContext, _ whole: Observation,
            members: [String: String]
        ) {
            self.definition = definition
            self.context = context
            self.whole = whole
            self.members = members
            notices = Dictionary(grouping: definition.translationNotices, by: \.path.withoutPredicate)
                .mapValues { Dictionary($0.map { ($0.device, $0.reason) }, uniquingKeysWith: { first, _ in first }) }
            refusals = Dictionary(grouping: whole.obstacles, by: \.path)
                .mapValues { Dictionary($0.map { ($0.device, $0.reason) }, uniquingKeysWith: { first, _ in first }) }
            places = Self.places(of: definition, whole.config)
            var members: [Group: [Int]] = [:]
            firstInBootOrder = definition.firstInBootOrder
            for (index, device) in definition.devices.enumerated() {
                if let group = device.translated.group { members[group, default: []].append(index) }
                if firstInBootOrder.contains(device) { members[.boot, default: []].append(index) }
            }
            // What the letters of the order mean depends on all disks and NICs.
            if members[.boot] != nil {
                members[.boot] = definition.devices.indices.filter { definition.devices[$0].isBootable }
            }
            groups = members.mapValues { devices in
                var alone = definition
                alone.devices = devices.map { definition.devices[$0] }
                return (devices, Observation(alone, context))
            }
        }

        /// Where each device's element is in its list: disks are known by their targets, others come in document order.
        private static func places(of definition: DomainDefinition, _ config: LibxlDomainConfig) -> [Int?] {
            let disks = Dictionary(zip(config.disks.map(\.vdev), 0...), uniquingKeysWith: { first, _ in first })
            let nics = Dictionary(zip(config.nics.map(\.devid), 0...), uniquingKeysWith: { first, _ in first })
            var counts = DeviceCounts()
            var pci = 0
            return definition.devices.map { device in
                let number = counts.next(device)
                switch device {
                case .disk(let disk): return disks[disk.target]
                case .interface(let interface) where interface.source.kind != .hostdev:
                    return nics[DeviceID(number)]
                case .interface, .hostdev:
                    if case .hostdev(let device) = device, case .usb = device.source { return nil }
                    defer { pci += 1 }
                    return pci
                default: return number
                }
            }
        }

        // MARK: The domain itself

        func row(_ probe: DomainProbe) throws -> Row {
            if let reason = refusals[probe.path]?[nil] { return Row(path: probe.path, outcome: .refused(reason)) }
            var simple = definition
            probe.simplify(&simple)
            var other = simple
            probe.field.takeOut(&other)
            let observed = simple == definition ? whole : Observation(simple, context)
            let varied = Observation(other, context)
            var outcome = Outcome.descriptionOnly
            if let obstacle = varied.obstacle(besides: observed) {
                outcome = .required(obstacle.reason)
            } else {
                // Of a simpler definition what is said of the whole one as well, and nothing of another type's guest.
                let fields = try varied.difference(of: observed).filter {
                    members[$0.member] == $0.value && ($0.value != nil || isOfGuest($0.member))
                }
                if !fields.isEmpty { outcome = .fields(fields) }
            }
            return Row(path: probe.path, outcome: noticed(outcome, probe.path, nil))
        }

        /// Whether a guest of the definition's type may have the member.
        private func isOfGuest(_ member: String) -> Bool {
            !member.hasPrefix("b_info.type.")
                || member.hasPrefix("b_info.type.\(definition.operatingSystem.guestType).")
        }

        // MARK: Devices

        /// The row of the device, and those of what it says.
        func rows(_ device: Device, at index: Int, path: String, devid: Int) throws -> [Row] {
            let name = device.familiarName
            let plain = "/domain/devices/\(device.elementName)"
            guard device.guests.contains(definition.operatingSystem.guestType) else {
                return [Row(path: path, device: name, outcome: noticed(.descriptionOnly, plain, name))]
            }
            let probes = DeviceProbe.all.filter { $0.isSaid(device) }
            let refused = probes.compactMap { probe in
                reason(in: refusals, "\(plain)/\(probe.part)", name).map {
                    Row(path: "\(path)/\(probe.part)", device: name, outcome: .refused($0))
                }
            }
            let element: PassedDevice?
            do throws(Untranslatable) {
                element = try libxlDevice(device, devid)
            } catch {
                return [Row(path: path, device: name, outcome: .refused(error.reason))] + refused
            }
            var parts: [Row] = []
            for probe in probes {
                let part = "\(path)/\(probe.part)"
                if let row = refused.first(where: { $0.path == part }) {
                    parts.append(row)
                    continue
                }
                var other = device
                probe.takeOut(&other)
                let outcome = try outcome(of: device, element, at: index, devid, becoming: other)
                parts.append(
                    Row(path: part, device: name, outcome: noticed(outcome, "\(plain)/\(probe.part)", name)))
            }
            // What the device adds, less what its parts decide.
            let passed = Set(parts.flatMap(\.fields).map(\.member))
            let added = try added(by: device, element, at: index).filter { !passed.contains($0.member) }
            var own: Outcome = added.isEmpty && passed.isEmpty ? .descriptionOnly : .fields(added)
            let shown = Set(refused.map { "\(plain)\($0.path.dropFirst(path.count))" })
            if let other = whole.obstacles.first(where: { $0.isOf(plain, name) && !shown.contains($0.path) }) {
                own = .refused(other.reason)
            }
            return [Row(path: path, device: name, outcome: noticed(own, plain, name))] + parts
        }

        private func libxlDevice(_ device: Device, _ devid: Int) throws(Untranslatable) -> PassedDevice? {
            try device.translated.libxlDevice(
                as: DeviceID(devid),
                for: TargetGuest(name: definition.name, type: definition.operatingSystem.guestType, context: context))
        }

        /// What comes of it that the device at `index` is as it is, and not `other`.
        private func outcome(
            of device: Device, _ element: PassedDevice?, at index: Int, _ devid: Int, becoming other: Device
        ) throws -> Outcome {
            var fields: [Field] = []
            if let element {
                let varied: PassedDevice?
                do throws(Untranslatable) {
                    varied = try libxlDevice(other, devid)
                } catch {
                    return .required(error.reason)
                }
                fields = try element.difference(from: varied, at: places[index])
            }
            for group in groups(of: device, at: index) {
                guard let (devices, observed) = groups[group], let place = devices.firstIndex(of: index) else {
                    continue
                }
                var alone = definition
                alone.devices = devices.map { definition.devices[$0] }
                alone.devices[place] = other
                let varied = Observation(alone, context)
                if let obstacle = varied.obstacle(besides: observed) { return .required(obstacle.reason) }
                fields += try varied.difference(of: observed).filter { isGroups($0.member, group) }
            }
            return fields.isEmpty ? .descriptionOnly : .fields(valued(fields))
        }

        /// The members that the device at `index` adds.
        private func added(by device: Device, _ element: PassedDevice?, at index: Int) throws -> [Field] {
            var fields = try element?.difference(from: nil, at: places[index]) ?? []
            for group in groups(of: device, at: index) {
                guard let (devices, _) = groups[group], let place = devices.firstIndex(of: index) else { continue }
                // Those before it and it alone, so that nothing that comes behind it moves up into its place.
                var before = definition
                before.devices = devices[..<place].map { definition.devices[$0] }
                var with = before
                with.devices.append(device)
                let (without, observed) = (Observation(before, context), Observation(with, context))
                fields += try without.difference(of: observed).filter { isGroups($0.member, group) }
            }
            return valued(fields)
        }

        private func groups(of device: Device, at index: Int) -> [Group] {
            var groups = device.translated.group.map { [$0] } ?? []
            if firstInBootOrder.contains(device) { groups.append(.boot) }
            return groups
        }

        /// Whether a member is one that the group's devices decide together.
        private func isGroups(_ member: String, _ group: Group) -> Bool {
            group != .boot || member.hasPrefix("b_info")
        }

        /// The members with their values in the whole configuration, in order.
        private func valued(_ fields: [Field]) -> [Field] {
            fields.map { Field(member: $0.member, value: members[$0.member]) }.sorted { $0.member < $1.member }
        }

        // MARK: Reasons

        /// A row for each notice that none of `rows` shows.
        func rest(besides rows: [Row]) -> [Row] {
            var shown: Set<[String?]> = []
            for row in rows {
                if case .ignored = row.outcome { shown.insert([row.path.withoutPredicate, row.device]) }
            }
            return definition.translationNotices.compactMap { notice in
                guard !shown.contains([notice.path.withoutPredicate, notice.device]) else { return nil }
                return Row(path: notice.path, device: notice.device, outcome: .ignored(notice.reason))
            }
        }

        /// The same, unless nothing comes of it and a notice says why.
        private func noticed(_ outcome: Outcome, _ path: String, _ device: String?) -> Outcome {
            guard outcome == .descriptionOnly, let reason = reason(in: notices, path, device) else { return outcome }
            return .ignored(reason)
        }

        private func reason<Reason>(
            in reasons: [String: [String?: Reason]], _ path: String, _ device: String?
        ) -> Reason? {
            guard let said = reasons[path] else { return nil }
            return said[device] ?? (device == nil ? said.first?.value : nil)
        }
    }
}

extension Untranslatable {
    /// Whether it is of the element at `path`, or of something in it, and of the device called `name`.
    fileprivate func isOf(_ path: String, _ name: String) -> Bool {
        device == name && (self.path == path || self.path.hasPrefix(path + "/"))
    }
}

extension TranslationReport.Observation {
    /// The members that are other ones here than in `observed`, with the values that they have there.
    fileprivate func difference(of observed: TranslationReport.Observation) throws -> [TranslationReport.Field] {
        try observed.difference(from: self)
    }
}

extension PassedDevice {
    /// The members of the element at `place` of its list that are other ones in `other`; all of them without one.
    fileprivate func difference(from other: PassedDevice?, at place: Int?) throws -> [TranslationReport.Field] {
        guard let place else { return [] }
        var comparison = TranslationReport.Comparison()
        let path = "\(list)[\(place)]"
        func add<Structure: Hashable & Codable>(_ mine: Structure) throws {
            try comparison.add(path, mine, other?.structure as? Structure)
        }
        try add(structure)
        return comparison.fields
    }
}

extension DomainDefinition {
    /// The devices that decide the letters of the boot order: of each letter the first.
    fileprivate var firstInBootOrder: [Device] {
        guard operatingSystem.guestType == .hvm else { return [] }
        var found: [BootDevice: (order: UInt32, device: Device)] = [:]
        for device in devices {
            guard let (kind, order) = device.bootPlace, let order, order < found[kind]?.order ?? .max else { continue }
            found[kind] = (order, device)
        }
        return found.values.map(\.device)
    }
}

extension Device {
    /// Whether a guest may boot from it.
    fileprivate var isBootable: Bool { bootPlace != nil }

    fileprivate var bootPlace: (kind: BootDevice, order: UInt32?)? {
        switch self {
        case .disk(let disk): (disk.device == .cdrom ? .cdrom : .hardDisk, disk.bootOrder)
        case .interface(let interface): (.network, interface.bootOrder)
        default: nil
        }
    }
}
