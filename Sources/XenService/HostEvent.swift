package import XenDriver
package import XenUnits

/// Something that has happened to a domain, whoever did it: this driver, another toolstack, the guest, or a device's
/// backend.
///
/// An event is the difference of two looks at the domain. What lasted for less than the time between them is no event.
package struct HostEvent: Hashable, Sendable {
    package var uuid: DomainUUID
    /// As it was when this happened.
    package var name: String
    /// nil if the domain did not run any more.
    package var domid: DomainID?
    package var kind: Kind

    package init(uuid: DomainUUID, name: String, domid: DomainID?, kind: Kind) {
        self.uuid = uuid
        self.name = name
        self.domid = domid
        self.kind = kind
    }

    /// What has happened.
    package enum Kind: Hashable, Sendable {
        case lifecycle(Lifecycle)
        /// Its guest has rebooted: the domain was started anew for that.
        case reboot
        /// A device has come; its alias, or its identity if another toolstack plugged it.
        case deviceAdded(device: String)
        case deviceRemoved(device: String)
        /// The guest was asked to let go of a device and has not.
        case deviceRemovalFailed(device: String)
        /// The medium in a drive is another one; nil is none.
        case mediumChanged(device: String, old: String?, new: String?)
        /// A drive was opened, or closed with a medium in it.
        case trayMoved(device: String, isOpen: Bool)
        /// What the domain's definition says to people is another text.
        case metadataChanged(Metadata)
        /// The guest has another amount of memory.
        case memoryChanged(Kibibytes)
        /// The domain's QEMU has ended, and its guest goes on without it.
        case deviceModelDied
        /// A change of the domain has ended; `device` is what it was on, nil for the whole domain.
        case jobCompleted(UnfinishedChange)
    }

    /// A step in a domain's life, with how it came to that. Source: `virDomainEventType` and the details of each.
    package enum Lifecycle: Hashable, Sendable {
        case defined(Definition)
        case undefined
        case started
        case suspended
        case resumed
        /// The guest has ended by itself, and the domain is still there.
        case shutdown
        case crashed
        case stopped(Stop)
    }

    /// Source: `virDomainEventDefinedDetailType`.
    package enum Definition: String, Hashable, Sendable, CaseIterable {
        case added = "Added"
        case updated = "Updated"
    }

    /// Source: `virDomainEventStoppedDetailType`.
    package enum Stop: String, Hashable, Sendable, CaseIterable {
        /// Its guest had ended by itself.
        case shutdown = "Shutdown"
        case destroyed = "Destroyed"
        case crashed = "Crashed"
    }

    /// Source: `virDomainMetadataType`.
    package enum Metadata: String, Hashable, Sendable, CaseIterable {
        case description
        case title
    }

    /// What an event is called where events are chosen by name: virsh's word, where virsh has it.
    package enum Name: String, Hashable, Sendable, CaseIterable {
        case lifecycle
        case reboot
        case diskChange = "disk-change"
        case trayChange = "tray-change"
        case balloonChange = "balloon-change"
        case deviceRemoved = "device-removed"
        case deviceAdded = "device-added"
        case deviceRemovalFailed = "device-removal-failed"
        case metadataChange = "metadata-change"
        case jobCompleted = "job-completed"
        case deviceModelDeath = "device-model-death"
    }
}

extension HostEvent.Kind {
    /// What it is called.
    package var name: HostEvent.Name {
        switch self {
        case .lifecycle: .lifecycle
        case .reboot: .reboot
        case .deviceAdded: .deviceAdded
        case .deviceRemoved: .deviceRemoved
        case .deviceRemovalFailed: .deviceRemovalFailed
        case .mediumChanged: .diskChange
        case .trayMoved: .trayChange
        case .metadataChanged: .metadataChange
        case .memoryChanged: .balloonChange
        case .jobCompleted: .jobCompleted
        case .deviceModelDied: .deviceModelDeath
        }
    }
}
