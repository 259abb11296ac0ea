public import XenUnits

/// What the toolstack needs of libxl, and nothing else.
///
/// Every requirement is one libxl operation, in libxl's words, and none has a default implementation: a backend that
/// forgets one does not compile. Each blocks its task, never a thread of Swift's pool, and different operations run
/// side by side. An operation that has not ended at its `deadline` is aborted and throws `ERROR_ABORTED`; what it had
/// done by then stays, as in libxl.
public protocol Libxl: Sendable {
    /// Every domain, dying ones included, in order of domid. `libxl_list_domain`.
    func listDomains() async throws(LibxlError) -> [LibxlDomainInfo]

    /// One domain; `ERROR_DOMAIN_NOTFOUND` if there is none. `libxl_domain_info`.
    func domainInfo(_ domid: DomainID) async throws(LibxlError) -> LibxlDomainInfo

    /// The name of a domain; nil if it has none or is gone. `libxl_domid_to_name`.
    func domainName(_ domid: DomainID) async throws(LibxlError) -> String?

    /// For each of these domains, which are in order of domid, a word that is another one once libxl has changed its record of
    /// the domain's devices, for whoever made the change; nil for a domain of which that is not known, as while a change
    /// may be under way. Devices that go need not change it. The stored configuration that `libxl_userdata_retrieve` gives
    /// as `libxl-json`.
    func configurationMarks(of domains: [LibxlDomainInfo]) async -> [String?]

    /// Builds a domain and leaves it paused. An aborted one leaves the domain behind. `libxl_domain_create_new`.
    func createDomain(_ config: LibxlDomainConfig, deadline: ContinuousClock.Instant) async throws(LibxlError)
        -> DomainID

    /// Builds a domain anew whose guest waits for that, within the same domain, and leaves it paused: its memory stays, and its
    /// devices are those of the configuration, which says its name and UUID. The guest then goes on by itself, as in the kernel
    /// that it has loaded over its own. A failed one takes the domain along, an aborted one leaves what there is of it.
    /// `ERROR_INVAL` for a guest that is not hvm, whose domain stays as it is.
    /// `libxl_domain_soft_reset`.
    func softResetDomain(_ domid: DomainID, _ config: LibxlDomainConfig, deadline: ContinuousClock.Instant)
        async throws(LibxlError)

    /// Takes one pause back, with the last of them the domain runs; `ERROR_FAIL` if it is not paused, or not there.
    /// `libxl_domain_unpause`.
    func unpauseDomain(_ domid: DomainID, deadline: ContinuousClock.Instant) async throws(LibxlError)

    /// Holds a domain's processors. Pauses count: each must be met by an unpause before the domain runs again.
    /// `libxl_domain_pause`.
    func pauseDomain(_ domid: DomainID, deadline: ContinuousClock.Instant) async throws(LibxlError)

    /// Asks a guest to power off, and returns when it has acknowledged that: the guest ends later by itself, or not at
    /// all. Its domain stays, shut down. `ERROR_NOPARAVIRT` if an hvm guest has no Xen drivers, `ERROR_TIMEDOUT` if it
    /// did not acknowledge within 60 s, though it still may. `libxl_domain_shutdown`.
    func shutdownDomain(_ domid: DomainID, deadline: ContinuousClock.Instant) async throws(LibxlError)

    /// Asks a guest to reboot; see `shutdownDomain`. It ends, and nobody starts it again. `libxl_domain_reboot`.
    func rebootDomain(_ domid: DomainID, deadline: ContinuousClock.Instant) async throws(LibxlError)

    /// Does to an emulated machine what a person at it would, whether or not the guest heeds it; `ERROR_FAIL` for a pv
    /// guest, which has no such machine. `libxl_send_trigger`.
    func sendTrigger(_ trigger: LibxlTrigger, to domid: DomainID, deadline: ContinuousClock.Instant)
        async throws(LibxlError)

    /// Returns once every domain but Domain-0 is watched, and new ones are as they come, and yields each guest's end and
    /// each domain's death, once; those of guests that have ended already first. A guest that goes on after its end, suspended
    /// or reset, is watched anew a few seconds later. Ends when the iterating task is
    /// cancelled, or when libxl cannot tell any more. `libxl_evenable_domain_death`.
    func domainEvents() async throws(LibxlError) -> AsyncStream<LibxlDomainEvent>

    /// Kills a domain and all its devices without asking it; `ERROR_DOMAIN_NOTFOUND` if there is none.
    /// `libxl_domain_destroy`.
    func destroyDomain(_ domid: DomainID, deadline: ContinuousClock.Instant) async throws(LibxlError)

    /// Writes a guest's memory to a new file at this path of Domain-0, as an ELF core. It takes as long as that, and is not
    /// aborted at its deadline: the caller hears of the deadline, and libxl goes on. `libxl_domain_core_dump`.
    func dumpCore(of domid: DomainID, to path: String, deadline: ContinuousClock.Instant) async throws(LibxlError)

    /// Has a domain whose guest has ended make room for another of the same name and UUID, and stay: `suffix` is put behind
    /// its name, and xenstore knows it by the UUID `uuid` from now on. `listDomains` still has the old one.
    /// `ERROR_INVAL` if `name` is not its name. `libxl_domain_preserve`.
    func preserveDomain(
        _ domid: DomainID, name: String, suffix: String, uuid: DomainUUID, deadline: ContinuousClock.Instant
    ) async throws(LibxlError)

    /// Plugs a device: writes its nodes and the domain's stored configuration, waits for the backend, runs the script. It
    /// does not wait for the guest. A failed or aborted one stays half-plugged; `ERROR_DEVICE_EXISTS` means that its number
    /// is somebody else's and nothing was done. A PCI device must be assignable, or say `seize`; a USB device whose
    /// place is left open gets the first free port, and a new controller if there is none, which nobody waits for.
    /// Keyboards and framebuffers are written over what has their number, and not kept in the stored configuration. A
    /// device that needs the guest's own QEMU does not start it: it is `ERROR_FAIL`, or stays as it is. `ERROR_NI` unless
    /// `Kind.canBeAdded`. `libxl_device_KIND_add`.
    func addDevice(_ device: LibxlDevice, to domid: DomainID, deadline: ContinuousClock.Instant)
        async throws(LibxlError)

    /// Unplugs a device with the guest's help, by force after 10 s. Success if there is none with this number, but for PCI
    /// devices and USB controllers; the wrong backend domid deletes the frontend and leaves the backend. Not so
    /// - a disk: it stays, and that is an error, if the guest does not let go of it;
    /// - a PCI device: a pv guest that does not let go of it, or has never taken it, keeps it, and that is a success
    ///   too; an hvm guest's refusal is `ERROR_TIMEDOUT`;
    /// - a USB device: the guest is not asked;
    /// - a USB controller: it takes its devices along, and is `ERROR_INVAL` unless `canBeRemoved`.
    ///
    /// `libxl_device_KIND_remove`, of a disk `libxl_device_disk_safe_remove`.
    func removeDevice(_ device: LibxlDevice, from domid: DomainID, deadline: ContinuousClock.Instant)
        async throws(LibxlError) -> LibxlRemoval

    /// Unplugs a device without asking the guest; but a pv guest is asked for a PCI device all the same, and keeps it as
    /// with `removeDevice`. `ERROR_NI` unless `Kind.canBeDestroyed`. `libxl_device_KIND_destroy`.
    func destroyDevice(_ device: LibxlDevice, of domid: DomainID, deadline: ContinuousClock.Instant)
        async throws(LibxlError)

    /// The devices of a kind that a domain has, in order of their numbers, with what xenstore holds of them: of a NIC no
    /// ifname, model or rate, and an mtu of 1500 for one that was given none; of a display no more than number and
    /// backend. `ERROR_NI` unless `Kind.canBeListed`. `libxl_device_KIND_list`.
    func listDevices(_ kind: LibxlDevice.Kind, of domid: DomainID) async throws(LibxlError) -> [LibxlDevice]

    /// Puts another medium into the CD drive of the same vdev; one of format `empty` takes it out. `ERROR_INVAL` for a
    /// domain that is not hvm; `ERROR_FAIL` if the domain has no CD drive of this vdev. `libxl_cdrom_insert`.
    func insertCDROM(_ disk: LibxlDeviceDisk, into domid: DomainID, deadline: ContinuousClock.Instant)
        async throws(LibxlError)

    /// How much memory libxl takes a domain of this configuration to need of the host: its own, and what the hypervisor and a
    /// device model take for it. `libxl_domain_need_memory`.
    func memoryNeeded(by config: LibxlDomainConfig) async throws(LibxlError) -> Kibibytes

    /// What the machine has. `libxl_get_physinfo`.
    func physicalInfo() async throws(LibxlError) -> LibxlPhysicalInfo

    /// The host's PCI devices that pciback holds and no domain has, in order of address.
    /// `libxl_device_pci_assignable_list`.
    func assignablePCI() async throws(LibxlError) -> [LibxlDevicePCI]
}

/// How a device went. libxl answers 0 to both; its log distinguishes them.
public enum LibxlRemoval: String, Hashable, Sendable, Codable {
    /// The guest let go of it.
    case released
    /// The guest did not answer in time, and libxl took it away.
    case forced
}
