// What has changed for builders of machines on this computer and of vSphere and Proxmox.
import { renameAll } from "./any-builder.ts";
import { drop, type Fields, type Fixer, isFields, isText, moveUnlessThere, ofType, rename } from "./fixer.ts";

const guestAdditions: Fixer = {
  name: "virtualbox-gaattach",
  summary: 'Replaces "guest_additions_attach" of VirtualBox with "guest_additions_mode".',
  fix({ builders }) {
    for (const builder of ofType(builders, "virtualbox")) {
      const attaches = builder["guest_additions_attach"];
      if (typeof attaches === "boolean") {
        delete builder["guest_additions_attach"];
        builder["guest_additions_mode"] = attaches ? "attach" : "upload";
      }
    }
  },
};

const virtualboxRename: Fixer = {
  name: "virtualbox-rename",
  summary: 'Renames the builder "virtualbox" to "virtualbox-iso".',
  fix({ builders, provisioners }) {
    retype(builders, "virtualbox", "virtualbox-iso");
    for (const { override } of provisioners) {
      if (isFields(override) && Object.hasOwn(override, "virtualbox")) {
        override["virtualbox-iso"] = override["virtualbox"];
        delete override["virtualbox"];
      }
    }
  },
};

const vmwareRename: Fixer = {
  name: "vmware-rename",
  summary: 'Renames the builder "vmware" to "vmware-iso".',
  fix: ({ builders }) => retype(builders, "vmware", "vmware-iso"),
};

const proxmoxType: Fixer = {
  name: "proxmox-type",
  summary: 'Renames the builder "proxmox" to "proxmox-iso".',
  fix: ({ builders }) => retype(builders, "proxmox", "proxmox-iso"),
};

const PARALLELS = ["parallels-iso", "parallels-pvm"];

const parallelsHeadless: Fixer = {
  name: "parallels-headless",
  summary: 'Drops "headless" of Parallels, which does nothing.',
  fix: ({ builders }) => dropAll(ofType(builders, ...PARALLELS), "headless"),
};

const parallelsDeprecations: Fixer = {
  name: "parallels-deprecations",
  summary: 'Drops "parallels_tools_host_path" of Parallels, and renames "guest_os_distribution" to "guest_os_type".',
  fix({ builders }) {
    for (const builder of ofType(builders, ...PARALLELS)) {
      drop(builder, "parallels_tools_host_path");
      rename(builder, "guest_os_distribution", "guest_os_type");
    }
  },
};

const vmwareCompaction: Fixer = {
  name: "vmware-compaction",
  summary: "Says of VMware machines on ESXi which kind of disk they have, and skips what that kind cannot do.",
  fix({ builders }) {
    for (const builder of ofType(builders, "vmware-iso").filter((one) => one["remote_type"] === "esx5")) {
      if (!Object.hasOwn(builder, "disk_type_id")) {
        builder["disk_type_id"] = "zeroedthick";
      }
      if (builder["disk_type_id"] !== "thin") {
        builder["skip_compaction"] = true;
      }
    }
  },
};

const hypervDeprecations: Fixer = {
  name: "hyperv-deprecations",
  summary: 'Drops "vhd_temp_path" of Hyper-V.',
  fix: ({ builders }) => dropAll(ofType(builders, "hyperv-iso"), "vhd_temp_path"),
};

const hypervTypo: Fixer = {
  name: "hyperv-vmxc-typo",
  summary: 'Renames "clone_from_vmxc_path" of Hyper-V to "clone_from_vmcx_path".',
  fix: ({ builders }) => renameAll(ofType(builders, "hyperv-vmcx"), "clone_from_vmxc_path", "clone_from_vmcx_path"),
};

const hypervProcessor: Fixer = {
  name: "hyperv-cpu-and-ram",
  summary: 'Renames "cpu" of Hyper-V to "cpus" and "ram_size" to "memory".',
  fix({ builders }) {
    for (const builder of ofType(builders, "hyperv-iso", "hyperv-vmcx")) {
      rename(builder, "cpu", "cpus");
      rename(builder, "ram_size", "memory");
    }
  },
};

const qemuDiskSize: Fixer = {
  name: "qemu-disk-size",
  summary: 'Writes the number "disk_size" of QEMU with its unit.',
  fix({ builders }) {
    for (const builder of ofType(builders, "qemu")) {
      const size = builder["disk_size"];
      if (typeof size === "number") {
        builder["disk_size"] = `${Math.trunc(size)}M`;
      }
    }
  },
};

const forwarding: Fixer = {
  name: "comm-config",
  summary: "Takes the beginning ssh_ away from the options of VirtualBox that forward ports.",
  fix({ builders }) {
    for (const builder of builders.filter(({ type }) => isText(type) && type.startsWith("virtualbox"))) {
      moveUnlessThere(builder, "ssh_host_port_min", "host_port_min");
      moveUnlessThere(builder, "ssh_host_port_max", "host_port_max");
      moveUnlessThere(builder, "ssh_skip_nat_mapping", "skip_nat_mapping", (value) => typeof value === "boolean");
    }
  },
};

const qemuHostPort: Fixer = {
  name: "qemu-host-port",
  summary: 'Renames "ssh_host_port_min" and "ssh_host_port_max" of QEMU to "host_port_min" and "host_port_max".',
  fix({ builders }) {
    for (const builder of ofType(builders, "qemu")) {
      rename(builder, "ssh_host_port_min", "host_port_min");
      rename(builder, "ssh_host_port_max", "host_port_max");
    }
  },
};

const vsphere: Fixer = {
  name: "vsphere-iso-net-disk",
  summary: 'Puts the network and the disk of vSphere into "network_adapters" and "storage".',
  fix({ builders }) {
    for (const builder of ofType(builders, "vsphere-iso")) {
      gatherVsphere(builder);
    }
  },
};

function gatherVsphere(builder: Fields): void {
  gather(builder, "network_adapters", {
    network: "network",
    networkCard: "network_card",
    network_card: "network_card",
  });
  gather(builder, "storage", {
    disk_size: "disk_size",
    disk_thin_provisioned: "disk_thin_provisioned",
    disk_eagerly_scrub: "disk_eagerly_scrub",
  });
}

/** Moves options into an object of their own, the first of a list. */
function gather(builder: Fields, list: string, names: Readonly<Record<string, string>>): void {
  const moved: Fields = {};
  for (const [from, to] of Object.entries(names)) {
    if (Object.hasOwn(builder, from)) {
      moved[to] = builder[from];
      delete builder[from];
    }
  }
  if (Object.keys(moved).length === 0) {
    return;
  }
  const there = Array.isArray(builder[list]) ? (builder[list] as unknown[]) : [];
  builder[list] = [moved, ...there];
}

function dropAll(builders: readonly Fields[], name: string): void {
  for (const builder of builders) {
    drop(builder, name);
  }
}

function retype(builders: readonly Fields[], from: string, to: string): void {
  for (const builder of ofType(builders, from)) {
    builder["type"] = to;
  }
}

export const machineBuilders = {
  guestAdditions,
  virtualboxRename,
  vmwareRename,
  proxmoxType,
  parallelsHeadless,
  parallelsDeprecations,
  vmwareCompaction,
  hypervDeprecations,
  hypervTypo,
  hypervProcessor,
  qemuDiskSize,
  forwarding,
  qemuHostPort,
  vsphere,
};
