// A Linux kernel and the modules that a small machine needs, out of Debian's package: unpacked, never installed.
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { run } from "./run.ts";

// The kernel for clouds starts in half the time of the other, which counts where nothing but qemu plays the processor.
// It knows no floppy and no network card but virtio's.
const PACKAGE = "linux-image-cloud-amd64";

/** What machines of qemu have: disks, CD and network, and the file systems on them. */
const MODULES = [
  "virtio_pci",
  "virtio_net",
  "virtio_blk",
  "virtio_scsi",
  "ata_piix",
  "sd_mod",
  "sr_mod",
  "isofs",
  "nls_ascii",
  "nls_utf8",
];

/** Puts the kernel to `kernel`, and the modules with `order`, the list in which they load, into `modules`. */
export function unpackKernel(scratch: string, kernel: string, modules: string): void {
  const unpacked = join(scratch, "kernel");
  mkdirSync(unpacked);
  const names = run("apt-cache", ["depends", "--important", PACKAGE]);
  const name = /Depends: (linux-image-\S+)/.exec(names)?.[1];
  if (name === undefined) {
    throw new Error(`apt knows no package ${PACKAGE}: Debian has it, and "apt-get update" fetches the lists`);
  }
  run("apt-get", ["-qq", "download", name], scratch);
  const [deb = ""] = readdirSync(scratch).filter((file) => file.endsWith(".deb"));
  run("sh", ["-c", `dpkg-deb --fsys-tarfile "$0" | tar -x -C "$1" ./boot ./lib/modules`, join(scratch, deb), unpacked]);
  const [version = ""] = readdirSync(join(unpacked, "lib/modules"));
  cpSync(join(unpacked, "boot", `vmlinuz-${version}`), kernel);
  run("busybox", ["depmod", "-b", unpacked, version]);
  const tree = join(unpacked, "lib/modules", version);
  const order = inOrder(readFileSync(join(tree, "modules.dep"), "utf8"));
  mkdirSync(modules, { recursive: true });
  for (const path of order) {
    cpSync(join(tree, path), join(modules, basename(path)));
  }
  writeFileSync(join(modules, "order"), order.map((path) => `/lib/modules/${basename(path)}\n`).join(""));
}

/** Paths of the modules, each behind those that it stands on. */
function inOrder(dependencies: string): readonly string[] {
  const lines = [...dependencies.matchAll(/^(\S+):(.*)$/gm)];
  const needs = new Map(
    lines.map(([, path = "", others = ""]) => [path, others.split(" ").filter((other) => other !== "")]),
  );
  const order = new Set<string>();
  const add = (path: string): void => {
    for (const other of needs.get(path) ?? []) {
      add(other);
    }
    order.add(path);
  };
  for (const name of MODULES) {
    const path = [...needs.keys()].find((one) => basename(one, ".ko") === name);
    if (path === undefined) {
      throw new Error(`The kernel's package has no module ${name}`);
    }
    add(path);
  }
  return [...order];
}
