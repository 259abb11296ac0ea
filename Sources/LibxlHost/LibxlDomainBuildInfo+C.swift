#if Xen
import CLibxl
import LibxlAPI
import XenUnits

extension LibxlDomainBuildInfo {
    func fill(_ structure: inout libxl_domain_build_info, guestType: GuestType) throws(Unfit) {
        libxl_domain_build_info_init_type(&structure, guestType.cValue)
        try structure.max_vcpus.set(maxVCPUs, for: "max_vcpus")
        try structure.avail_vcpus.set(availableVCPUs, below: maxVCPUs, for: "avail_vcpus")
        try structure.cpumap.set(cpumap, for: "cpumap")
        try structure.nodemap.set(nodemap, for: "nodemap")
        try vcpuHardAffinity.fill(
            &structure.vcpu_hard_affinity, count: &structure.num_vcpu_hard_affinity, "vcpu_hard_affinity")
        try vcpuSoftAffinity.fill(
            &structure.vcpu_soft_affinity, count: &structure.num_vcpu_soft_affinity, "vcpu_soft_affinity")
        structure.numa_placement.set(numaPlacement)
        if let tscMode { structure.tsc_mode = tscMode.cValue }
        try structure.max_memkb.set(maxMemory, for: "max_memkb")
        try structure.target_memkb.set(targetMemory, for: "target_memkb")
        try structure.video_memkb.set(videoMemory, for: "video_memkb")
        try structure.shadow_memkb.set(shadowMemory, for: "shadow_memkb")
        try structure.iommu_memkb.set(iommuMemory, for: "iommu_memkb")
        // libxl keeps a signed number of seconds in an unsigned field.
        structure.rtc_timeoffset = UInt32(bitPattern: rtcTimeOffset)
        structure.exec_ssidref = execSSIDRef
        structure.exec_ssid_label = try execSSIDLabel.duplicated(for: "exec_ssid_label")
        structure.localtime.set(localtime)
        structure.disable_migrate.set(disableMigrate)
        try structure.cpuid.set(cpuid, for: "cpuid")
        structure.blkdev_start = try blkdevStart.duplicated(for: "blkdev_start")
        try vnumaNodes.fill(&structure.vnuma_nodes, count: &structure.num_vnuma_nodes, "vnuma_nodes")
        try structure.max_grant_frames.set(maxGrantFrames, for: "max_grant_frames")
        try structure.max_maptrack_frames.set(maxMaptrackFrames, for: "max_maptrack_frames")
        try structure.max_grant_version.set(maxGrantVersion, for: "max_grant_version")
        if let deviceModelVersion { structure.device_model_version = deviceModelVersion.cValue }
        structure.device_model_stubdomain.set(deviceModelStubdomain)
        try structure.stubdomain_memkb.set(stubdomainMemory, for: "stubdomain_memkb")
        structure.stubdomain_kernel = try stubdomainKernel.duplicated(for: "stubdomain_kernel")
        structure.stubdomain_cmdline = try stubdomainCommandLine.duplicated(for: "stubdomain_cmdline")
        structure.stubdomain_ramdisk = try stubdomainRamdisk.duplicated(for: "stubdomain_ramdisk")
        structure.device_model = try deviceModel.duplicated(for: "device_model")
        structure.device_model_ssidref = deviceModelSSIDRef
        structure.device_model_ssid_label = try deviceModelSSIDLabel.duplicated(for: "device_model_ssid_label")
        structure.device_model_user = try deviceModelUser.duplicated(for: "device_model_user")
        structure.extra = try extra.duplicated(for: "extra")
        structure.extra_pv = try extraPV.duplicated(for: "extra_pv")
        structure.extra_hvm = try extraHVM.duplicated(for: "extra_hvm")
        try schedParams.fill(&structure.sched_params)
        try ioports.fill(&structure.ioports, count: &structure.num_ioports, "ioports")
        try irqs.fill(&structure.irqs, count: &structure.num_irqs, "irqs")
        try iomem.fill(&structure.iomem, count: &structure.num_iomem, "iomem")
        structure.claim_mode.set(claimMode)
        structure.event_channels = eventChannels
        structure.kernel = try kernel.duplicated(for: "kernel")
        structure.cmdline = try cmdline.duplicated(for: "cmdline")
        structure.ramdisk = try ramdisk.duplicated(for: "ramdisk")
        structure.acpi.set(acpi)
        if let timerMode { structure.timer_mode = timerMode.cValue }
        structure.nested_hvm.set(nestedHVM)
        structure.apic.set(apic)
        structure.dm_restrict.set(dmRestrict)
        structure.arch_x86.msr_relaxed.set(msrRelaxed)
        structure.altp2m = altp2m.cValue
        structure.vmtrace_buf_kb = vmtraceBuffer
        structure.vpmu.set(vpmu)
        switch guestType {
        case .pv:
            structure.u.pv.bootloader = try bootloader.duplicated(for: "bootloader")
            structure.u.pv.bootloader_args = try bootloaderArguments.duplicated(for: "bootloader_args")
            try pv.fill(&structure)
        case .pvh:
            structure.bootloader = try bootloader.duplicated(for: "bootloader")
            structure.bootloader_args = try bootloaderArguments.duplicated(for: "bootloader_args")
            try pvh.fill(&structure)
        case .hvm: try hvm.fill(&structure)
        }
    }
}
#endif
