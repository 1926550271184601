// What users can say about a machine that QEMU runs.

import { option } from "../../sdk/option.ts";
import { bootStepsStep, vncBootCommandStep } from "../../step/boot-command.ts";
import { cdStep } from "../../step/cd.ts";
import { floppyStep } from "../../step/floppy.ts";
import { hostPortStep } from "../../step/host-port.ts";
import { httpServerStep } from "../../step/http-server.ts";
import { isoStep } from "../../step/iso.ts";
import { outputFolderStep } from "../../step/output-folder.ts";
import { shutDownStep } from "../../step/shut-down.ts";

/** What holds for options where 0 or nothing counts as not set, too. */
export const usual = Object.freeze({
  diskSize: "40960M",
  memory: 512,
  vncPorts: { from: 5900, to: 6000 },
});

const imageArguments = Object.freeze({
  create: option.strings({ description: "Arguments of `qemu-img create`.", example: ["-o", "preallocation=full"] }),
  convert: option.strings({ description: "Arguments of `qemu-img convert`.", example: ["-o", "compat=0.10"] }),
  resize: option.strings({ description: "Arguments of `qemu-img resize`.", example: ["--preallocation=full"] }),
});

const diskOptions = {
  disk_size: option.string({
    description: "The size of the disk: a number with `K`, `M`, `G` or `T`; without one in mebibytes.",
    default: usual.diskSize,
    example: "8G",
  }),
  disk_additional_size: option.strings({
    description: "Sizes of further disks. They are called like the first one with `-1`, `-2`, ….",
    example: ["20G", "512M"],
  }),
  disk_interface: option.string({
    description: "How the disks are connected.",
    default: "virtio",
    oneOf: ["ide", "sata", "scsi", "sd", "virtio", "virtio-scsi"],
  }),
  disk_cache: option.string({
    description: "How writes to the disks are cached.",
    default: "writeback",
    oneOf: ["writethrough", "writeback", "none", "unsafe", "directsync"],
  }),
  disk_discard: option.string({
    description: "What becomes of blocks that the machine no longer uses.",
    default: "ignore",
    oneOf: ["unmap", "ignore"],
  }),
  disk_detect_zeroes: option.string({
    description: "Whether blocks of zeroes take no place. `unmap` needs `disk_discard` to be `unmap`.",
    default: "off",
    oneOf: ["unmap", "on", "off"],
  }),
  disk_image: option.bool({
    description: "What `iso_url` leads to is a disk to start from, not a CD.",
    default: false,
  }),
  use_backing_file: option.bool({
    description:
      "Only keep what differs from the disk that `iso_url` leads to. Needs `disk_image` and the format `qcow2`.",
    default: false,
  }),
  skip_resize_disk: option.bool({
    description: "Leave a copied disk at its own size. Needs `disk_image`.",
    default: false,
  }),
  format: option.string({ description: "The format of the disks.", default: "qcow2", oneOf: ["qcow2", "raw"] }),
  skip_compaction: option.bool({
    description:
      "Do not write the first disk anew when the machine is done. Only the format `qcow2` is, and no disk with `use_backing_file`.",
    default: false,
  }),
  disk_compression: option.bool({
    description: "Compress the first disk when it is written anew. The format `raw` cannot be compressed.",
    default: false,
  }),
  qemu_img_args: option.block(imageArguments, { description: "Further arguments of the program that makes disks." }),
} as const;

const machineOptions = {
  accelerator: option.string({
    description:
      "What runs the machine's instructions. Unless set `kvm` where this user may use it, else `tcg`, which is many times slower.",
    oneOf: ["none", "kvm", "tcg", "xen", "hax", "hvf", "whpx"],
  }),
  machine_type: option.string({
    description: "The type of machine, as `qemu-system-x86_64 -machine help` lists them.",
    default: "pc",
  }),
  qemu_binary: option.string({
    description: "The program that runs the machine.",
    default: "qemu-system-x86_64",
    example: "qemu-system-aarch64",
  }),
  memory: option.number({ description: "Memory in mebibytes. Below 10 counts as not set.", default: usual.memory }),
  cpus: option.number({
    description:
      "Number of processors. Unless set what `sockets`, `cores` and `threads` come to, which is also the most there can be; 1 without them.",
    min: 0,
  }),
  sockets: option.number({ description: "Number of processor sockets.", min: 0 }),
  cores: option.number({ description: "Number of cores in each socket.", min: 0 }),
  threads: option.number({ description: "Number of threads in each core.", min: 0 }),
  cpu_model: option.string({
    description:
      "The model of the processors, as `-cpu help` lists them. Unless set `host` with an accelerator that has it, otherwise `max`: " +
      "QEMU's own choice is too old for many of today's systems. It stays QEMU's where `qemu_binary` is a program of another name than `qemu-system-x86_64` or `qemu-system-aarch64`.",
    example: "host",
  }),
  net_device: option.string({ description: "The network card, as `-device help` lists them.", default: "virtio-net" }),
  net_bridge: option.string({
    description:
      "Bridge of this machine to connect the network card to, instead of a network of its own. On Linux only.",
    example: "br0",
  }),
  firmware: option.string({
    description: "File with the firmware to start instead of the usual BIOS.",
    example: "bios.bin",
  }),
  use_pflash: option.bool({ description: "Give `firmware` to the machine as flash memory.", default: false }),
  efi_boot: option.bool({
    description: "Start by EFI instead of a BIOS. Setting one of the two firmware files does the same.",
    default: false,
  }),
  efi_firmware_code: option.string({
    description:
      "File with the EFI firmware. Unless set it is found as the descriptors in `/usr/share/qemu/firmware` say, or where distributions keep it.",
    example: "/usr/share/OVMF/OVMF_CODE_4M.fd",
  }),
  efi_firmware_vars: option.string({
    description:
      "File with the variables that the EFI firmware starts with; it is copied. Unless set the one that belongs to the firmware.",
    example: "/usr/share/OVMF/OVMF_VARS_4M.fd",
  }),
  efi_drop_efivars: option.bool({
    description: "Do not keep the variables of the EFI firmware as part of the artifact.",
    default: false,
  }),
  vtpm: option.bool({ description: "Give the machine a TPM, which the program `swtpm` emulates.", default: false }),
  use_tpm1: option.bool({ description: "Make that a TPM of version 1.2 instead of 2.0.", default: false }),
  tpm_device_type: option.string({ description: "The device of the TPM.", default: "tpm-tis", example: "tpm-crb" }),
  vm_name: option.string({
    description: "The name of the machine and of its disk's file. Unless set `packer-` and the name of the build.",
  }),
  cdrom_interface: option.string({
    description: "How CD drives are connected. Chosen by QEMU unless set.",
    example: "virtio-scsi",
  }),
  qemuargs: option.stringLists({
    description:
      "Arguments of the program. Each entry is a switch and its value, and replaces all that would be given for this switch. " +
      "`HTTPDir` and `HTTPContent` are what was set in the template.",
    renderedLate: true,
    templateData: ["HTTPIP", "HTTPPort", "HTTPDir", "HTTPContent", "OutputDir", "Name", "SSHHostPort"],
    example: [
      ["-m", "1024M"],
      ["-smp", "cpus=2"],
    ],
  }),
} as const;

const accessOptions = {
  headless: option.bool({ description: "Show no window. The screen can still be seen by VNC.", default: false }),
  display: option.string({
    description:
      "The kind of window, as `-display help` lists them. `gtk` unless set; no window where there is no screen to show it on.",
  }),
  use_default_display: option.bool({ description: "Let QEMU choose the kind of window.", default: false }),
  vga: option.string({ description: "The graphics card.", example: "virtio" }),
  vnc_bind_address: option.string({
    description: "Address on which the screen can be seen by VNC.",
    default: "127.0.0.1",
  }),
  vnc_use_password: option.bool({
    description: "Protect VNC by a password: `vnc_password`, or one that is made up for each build and told to nobody.",
    default: false,
  }),
  vnc_password: option.string({
    description: "The password for VNC with `vnc_use_password`. VNC knows no more than 8 characters of one.",
    sensitive: true,
    example: "only-8-c",
  }),
  vnc_port_min: option.number({
    description: "The first port for VNC.",
    default: usual.vncPorts.from,
    min: 0,
    max: 65535,
  }),
  vnc_port_max: option.number({
    description: "The port after the last for VNC.",
    default: usual.vncPorts.to,
    min: 0,
    max: 65535,
  }),
  qmp_enable: option.bool({ description: "Open QEMU's control socket.", default: false }),
  qmp_socket_path: option.string({ description: "Path of the control socket. In the output folder unless set." }),
} as const;

/** The options of the qemu builder. */
export const qemuOptions = Object.freeze({
  ...isoStep.options,
  iso_skip_cache: option.bool({
    description:
      "Download nothing: QEMU itself reads from the address as it needs it, and nothing is checked against `iso_checksum`.",
    default: false,
  }),
  ...outputFolderStep.options,
  ...diskOptions,
  ...machineOptions,
  ...accessOptions,
  ...hostPortStep.options,
  ...httpServerStep.options,
  ...floppyStep.options,
  ...cdStep.options,
  ...vncBootCommandStep.options,
  ...bootStepsStep.options,
  ...shutDownStep.options,
  run_once: option.bool({ description: "Accepted for older templates.", default: false }),
});
