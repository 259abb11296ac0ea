/// A domain document with `count` disks and as many NICs, for the hypervisor named.
func document(hypervisor: String, each count: Int) -> String {
    let disks = (0..<count).map { number in
        """
            <disk type='file' device='disk'>
              <driver name='qemu' type='qcow2'/>
              <source file='/var/lib/xen/images/guest-\(number).qcow2'/>
              <target dev='xvd\(letters(number))' bus='xen'/>
              <alias name='ua-disk\(number)'/>
            </disk>

        """
    }
    let nics = (0..<count).map { number in
        """
            <interface type='bridge'>
              <mac address='00:16:3e:\(octet(number >> 16)):\(octet(number >> 8)):\(octet(number))'/>
              <source bridge='xenbr0'/>
              <script path='vif-bridge'/>
              <model type='e1000'/>
              <alias name='ua-net\(number)'/>
            </interface>

        """
    }
    return """
        <domain type='\(hypervisor)'>
          <name>measured</name>
          <uuid>c7a5fdb2-cdaf-9455-926a-d65c16db1809</uuid>
          <memory unit='KiB'>1048576</memory>
          <currentMemory unit='KiB'>1048576</currentMemory>
          <vcpu placement='static'>4</vcpu>
          <os>
            <type arch='i686'>hvm</type>
            <boot dev='hd'/>
          </os>
          <features>
            <acpi/>
            <apic/>
            <pae/>
          </features>
          <clock offset='utc'/>
          <on_poweroff>destroy</on_poweroff>
          <on_reboot>restart</on_reboot>
          <on_crash>destroy</on_crash>
          <devices>
        \(disks.joined())\(nics.joined())\
            <graphics type='vnc' port='-1' autoport='yes'/>
          </devices>
        </domain>

        """
}

/// `a`, `b` … `z`, `aa` …
private func letters(_ number: Int) -> String {
    let last = String(UnicodeScalar(UInt8(ascii: "a") + UInt8(number % 26)))
    return number < 26 ? last : letters(number / 26 - 1) + last
}

private func octet(_ number: Int) -> String {
    let text = String(number & 0xff, radix: 16)
    return text.utf8.count == 1 ? "0" + text : text
}
