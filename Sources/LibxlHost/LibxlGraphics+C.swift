#if Xen
import CLibxl
import LibxlAPI
import XenUnits

extension LibxlVNCInfo {
    func fill(_ structure: inout libxl_vnc_info) throws(Unfit) {
        structure.enable.set(enable)
        structure.listen = try listen.duplicated(for: "listen")
        structure.passwd = try password.duplicated(for: "passwd")
        structure.display = display
        structure.findunused.set(findUnused)
    }
}

extension LibxlSDLInfo {
    func fill(_ structure: inout libxl_sdl_info) throws(Unfit) {
        structure.enable.set(enable)
        structure.opengl.set(opengl)
        structure.display = try display.duplicated(for: "display")
        structure.xauthority = try xauthority.duplicated(for: "xauthority")
    }
}

extension LibxlSpiceInfo {
    func fill(_ structure: inout libxl_spice_info) throws(Unfit) {
        structure.enable.set(enable)
        structure.port = port
        structure.tls_port = tlsPort
        structure.host = try host.duplicated(for: "host")
        structure.disable_ticketing.set(disableTicketing)
        structure.passwd = try password.duplicated(for: "passwd")
        structure.agent_mouse.set(agentMouse)
        structure.vdagent.set(vdagent)
        structure.clipboard_sharing.set(clipboardSharing)
        structure.usbredirection = usbRedirection
        structure.image_compression = try imageCompression.duplicated(for: "image_compression")
        structure.streaming_video = try streamingVideo.duplicated(for: "streaming_video")
    }
}
#endif
