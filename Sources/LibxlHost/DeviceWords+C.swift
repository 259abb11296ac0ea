#if Xen
import CLibxl
import LibxlAPI
import XenUnits

extension ReservedMemoryPolicy {
    var cValue: libxl_rdm_reserve_policy {
        switch self {
        case .strict: LIBXL_RDM_RESERVE_POLICY_STRICT
        case .relaxed: LIBXL_RDM_RESERVE_POLICY_RELAXED
        }
    }

    init?(_ value: libxl_rdm_reserve_policy) {
        guard let known = Self.allCases.first(where: { $0.cValue == value }) else { return nil }
        self = known
    }
}

extension USBControllerType {
    var cValue: libxl_usbctrl_type {
        switch self {
        case .auto: LIBXL_USBCTRL_TYPE_AUTO
        case .pv: LIBXL_USBCTRL_TYPE_PV
        case .deviceModel: LIBXL_USBCTRL_TYPE_DEVICEMODEL
        case .qusb: LIBXL_USBCTRL_TYPE_QUSB
        }
    }

    init?(_ value: libxl_usbctrl_type) {
        guard let known = Self.allCases.first(where: { $0.cValue == value }) else { return nil }
        self = known
    }
}

extension LibxlVKBBackend {
    var cValue: libxl_vkb_backend {
        switch self {
        case .qemu: LIBXL_VKB_BACKEND_QEMU
        case .linux: LIBXL_VKB_BACKEND_LINUX
        }
    }
}

extension SoundDirection {
    var cValue: libxl_vsnd_stream_type {
        switch self {
        case .playback: LIBXL_VSND_STREAM_TYPE_P
        case .capture: LIBXL_VSND_STREAM_TYPE_C
        }
    }
}

extension LibxlVSndPCMFormat {
    var cValue: libxl_vsnd_pcm_format {
        switch self {
        case .s8: LIBXL_VSND_PCM_FORMAT_S8
        case .u8: LIBXL_VSND_PCM_FORMAT_U8
        case .s16LE: LIBXL_VSND_PCM_FORMAT_S16_LE
        case .s16BE: LIBXL_VSND_PCM_FORMAT_S16_BE
        case .u16LE: LIBXL_VSND_PCM_FORMAT_U16_LE
        case .u16BE: LIBXL_VSND_PCM_FORMAT_U16_BE
        case .s24LE: LIBXL_VSND_PCM_FORMAT_S24_LE
        case .s24BE: LIBXL_VSND_PCM_FORMAT_S24_BE
        case .u24LE: LIBXL_VSND_PCM_FORMAT_U24_LE
        case .u24BE: LIBXL_VSND_PCM_FORMAT_U24_BE
        case .s32LE: LIBXL_VSND_PCM_FORMAT_S32_LE
        case .s32BE: LIBXL_VSND_PCM_FORMAT_S32_BE
        case .u32LE: LIBXL_VSND_PCM_FORMAT_U32_LE
        case .u32BE: LIBXL_VSND_PCM_FORMAT_U32_BE
        case .f32LE: LIBXL_VSND_PCM_FORMAT_F32_LE
        case .f32BE: LIBXL_VSND_PCM_FORMAT_F32_BE
        case .f64LE: LIBXL_VSND_PCM_FORMAT_F64_LE
        case .f64BE: LIBXL_VSND_PCM_FORMAT_F64_BE
        case .iec958SubframeLE: LIBXL_VSND_PCM_FORMAT_IEC958_SUBFRAME_LE
        case .iec958SubframeBE: LIBXL_VSND_PCM_FORMAT_IEC958_SUBFRAME_BE
        case .muLaw: LIBXL_VSND_PCM_FORMAT_MU_LAW
        case .aLaw: LIBXL_VSND_PCM_FORMAT_A_LAW
        case .imaADPCM: LIBXL_VSND_PCM_FORMAT_IMA_ADPCM
        case .mpeg: LIBXL_VSND_PCM_FORMAT_MPEG
        case .gsm: LIBXL_VSND_PCM_FORMAT_GSM
        }
    }
}
#endif
