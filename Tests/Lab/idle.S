# A guest that does nothing for good: it waits for no event, and answers nothing that it is asked. With it a small host has many
# guests. Source: Xen's public headers, sched.h (SCHEDOP_poll) and elfnote.h.
    .section __xen_guest, "a"
    .asciz "GUEST_OS=idle,XEN_VER=xen-3.0,VIRT_BASE=0x0,ELF_PADDR_OFFSET=0x0,LOADER=generic"

    .text
    .globl _start
_start:
    mov $29, %eax
    mov $3, %edi
    lea nothing(%rip), %rsi
    syscall
    jmp _start

    .balign 8
# No ports, and no time at which to stop waiting.
nothing:
    .quad 0, 0, 0

    .section .note.GNU-stack, "", @progbits
