// Options of machines that both programs are given, as data.

/** Machines by what they are about, with what they have of their own. */
export type Table = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Options of machines whose arguments are held against one another; the name is what the option is about. */
export const MACHINES: Table = {
  plain: {},
  ide: { disk_interface: "ide" },
  virtioscsi: { disk_interface: "virtio-scsi" },
  virtioscsidisks: { disk_interface: "virtio-scsi", disk_additional_size: ["10M", "20M"] },
  e1000: { net_device: "e1000" },
  rtl: { net_device: "rtl8139" },
  pcinet: { net_device: "virtio-net-pci" },
  disks: { disk_additional_size: ["10M", "20", "1G"] },
  disksize: { disk_size: "100" },
  gigabytes: { disk_size: "2G" },
  small: { disk_size: "512k" },
  cache: { disk_cache: "unsafe" },
  nocache: { disk_cache: "none" },
  discard: { disk_discard: "unmap" },
  zeroes: { disk_detect_zeroes: "unmap", disk_discard: "unmap" },
  zeroeson: { disk_detect_zeroes: "on" },
  raw: { format: "raw" },
  windowed: { headless: false },
  sdl: { headless: false, display: "sdl" },
  none: { headless: false, display: "none" },
  defaultdisplay: { headless: false, use_default_display: true },
  headlessdisplay: { display: "sdl" },
  tcg: { accelerator: "tcg" },
  noaccelerator: { accelerator: "none" },
  q35: { machine_type: "q35" },
  isapc: { machine_type: "pc-i440fx-2.9" },
  cpus: { cpus: 3 },
  nocpus: { cpus: 0 },
  memory: { memory: 1024 },
  littlememory: { memory: 9 },
  bind: { vnc_bind_address: "0.0.0.0" },
  password: { vnc_use_password: true },
  qmp: { qmp_enable: true },
  qmppath: { qmp_enable: true, qmp_socket_path: "monitor.sock" },
  nocommunicator: { communicator: "none" },
  winrm: { communicator: "winrm", winrm_username: "u", winrm_password: "p", winrm_port: 5999 },
  sshport: { ssh_port: 2022 },
  nomapping: { skip_nat_mapping: true },
  floppy: { floppy_files: ["answer.txt"] },
  cd: { cd_files: ["answer.txt"] },
  cdandfloppy: { cd_files: ["answer.txt"], floppy_files: ["answer.txt"] },
  cdrom: { cdrom_interface: "ide" },
  cdroms: { cdrom_interface: "virtio-scsi", cd_files: ["answer.txt"] },
  image: { disk_image: true },
  imageresized: { disk_image: true, disk_size: "50M" },
  imagekept: { disk_image: true, skip_resize_disk: true },
  imageraw: { disk_image: true, format: "raw" },
  imageqcow: { disk_image: true, iso_url: "small.qcow2" },
  imgargs: {
    qemu_img_args: { create: ["-o", "cluster_size=4096"], convert: ["-o", "preallocation=off"], resize: ["-q"] },
  },
  imageargs: { disk_image: true, qemu_img_args: { convert: ["-o", "cluster_size=4096"], resize: ["-q"] } },
  argsmemory: { qemuargs: [["-m", "300M"]] },
  argsdrive: { qemuargs: [["-drive", "file=answer.txt,format=raw"]] },
  argsdrives: {
    qemuargs: [
      ["-drive", "file=a"],
      ["-drive", "file=b"],
    ],
  },
  argsdevice: { qemuargs: [["-device", "virtio-rng-pci"]] },
  argscard: { qemuargs: [["-device", "virtio-net,netdev=user.0,mac=52:54:00:00:00:01"]] },
  argscardscsi: { disk_interface: "virtio-scsi", qemuargs: [["-device", "virtio-rng-pci"]] },
  argsnetdev: { qemuargs: [["-netdev", "user,id=user.0,hostfwd=tcp:127.0.0.2:{{ .SSHHostPort }}-:22"]] },
  argsnetwork: {
    qemuargs: [
      ["-netdev", "user,id=mine"],
      ["-device", "e1000,netdev=mine"],
    ],
  },
  argsempty: { qemuargs: [["-no-reboot", ""], ["-enable-kvm"]] },
  argsparts: { qemuargs: [["-append", "a", "b", "c"]] },
  argstemplate: {
    qemuargs: [
      ["-serial", "file:{{ .OutputDir }}/{{ .Name }}.log"],
      ["-fw_cfg", "name=opt/x,string={{ .HTTPIP }}:{{ .HTTPPort }}"],
    ],
  },
  argshttp: { http_directory: ".", qemuargs: [["-fw_cfg", "name=opt/x,string={{ .HTTPIP }}{{ .HTTPDir }}"]] },
  argsboot: {
    qemuargs: [
      ["-boot", "order=nc"],
      ["-name", "argsboot.vm"],
    ],
  },
  argsvnc: { qemuargs: [["-vnc", ":77"]] },
  argsdisplay: {
    headless: false,
    qemuargs: [
      ["-display", "curses"],
      ["-vga", "std"],
    ],
  },
  argsfloppy: { floppy_files: ["answer.txt"], qemuargs: [["-fda", "mine.img"]] },
  argscpu: {
    cpus: 2,
    qemuargs: [
      ["-smp", "4,cores=2"],
      ["-cpu", "host"],
    ],
  },
  argsmachine: { qemuargs: [["-machine", "type=q35,accel=kvm:tcg"]] },
};

/** Builds whose disks are held against one another. The machine changes nothing, so that they are the same to the last byte. */
export const DISKS: Table = {
  empty: {},
  raw: { format: "raw" },
  several: { disk_additional_size: ["10M", "20M"] },
  severalraw: { format: "raw", disk_additional_size: ["10M"] },
  compressed: { disk_image: true, disk_compression: true },
  notcompacted: { skip_compaction: true },
  compressedonly: { disk_image: true, skip_compaction: true, disk_compression: true },
  image: { disk_image: true },
  imageraw: { disk_image: true, format: "raw" },
  imagekept: { disk_image: true, skip_resize_disk: true },
  sameformat: { disk_image: true, iso_url: "small.qcow2" },
  otherformat: { disk_image: true, iso_url: "small.qcow2", format: "raw" },
  clusters: { qemu_img_args: { create: ["-o", "cluster_size=4096"], convert: ["-o", "cluster_size=8192"] } },
  nowhere: { output_directory: "new/deep/folder" },
};

/** Machines that cannot be made. */
export const MISTAKEN: Table = {
  noiso: { iso_url: undefined },
  nochecksum: { iso_checksum: undefined },
  twoisos: { iso_urls: ["a.iso"] },
  checksum: { iso_checksum: "abc" },
  checksumiso: { iso_checksum: "some.iso" },
  format: { format: "vmdk" },
  disksize: { disk_size: "10 gigs" },
  interface: { disk_interface: "floppy" },
  cache: { disk_cache: "maybe" },
  discard: { disk_discard: "maybe" },
  zeroes: { disk_detect_zeroes: "maybe" },
  accelerator: { accelerator: "warp" },
  ports: { host_port_min: 3000, host_port_max: 2000 },
  vncports: { vnc_port_min: 6000, vnc_port_max: 5950 },
  backing: { use_backing_file: true },
  backingraw: { use_backing_file: true, disk_image: true, format: "raw" },
  resize: { skip_resize_disk: true },
  output: { output_directory: "made" },
  httpports: { http_port_min: 9000, http_port_max: 8000 },
  bootandvnc: { boot_command: ["<enter>"], disable_vnc: true },
  bootcommand: { boot_command: ["<wait0s>"] },
  floppyfile: { floppy_files: ["missing.txt"] },
  cdfile: { cd_files: ["missing.txt"] },
  user: { ssh_username: undefined },
  communicator: { communicator: "telnet" },
};

/** Where the words are meant to differ: options with a list of values all speak alike, and say the list. */
export const OWN_WORDS: Readonly<Record<string, string>> = {
  "invalid format, only 'qcow2' or 'raw' are allowed": '"format" is "vmdk", which is not allowed',
  "invalid accelerator, only 'kvm', 'tcg', 'xen', 'hax', 'hvf', 'whpx', or 'none' are allowed":
    '"accelerator" is "warp", which is not allowed',
  "unrecognized disk interface type": '"disk_interface" is "floppy", which is not allowed',
  "unrecognized disk cache type": '"disk_cache" is "maybe", which is not allowed',
  "unrecognized disk discard type": '"disk_discard" is "maybe", which is not allowed',
  "unrecognized disk detect zeroes setting": '"disk_detect_zeroes" is "maybe", which is not allowed',
  'invalid checksum: encoding/hex: odd length hex string in "abc"': "Unknown type for checksum of 3 digits; md5 has 32",
  "invalid checksum: encoding/hex: invalid byte: U+0073 's' in \"some.iso\"":
    'invalid checksum: "s" is not a hexadecimal digit in "some.iso"',
};
