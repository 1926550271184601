// The recipe of the small machine's media.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { unpackKernel } from "./kernel.ts";
import { run } from "./run.ts";
import { fillSystem, packSystem } from "./system.ts";

/** What lets root in on `disk`. */
export const PASSWORD = "quite small";

/** What starts the machine from its CD and its disk. */
export const BOOT_LOADER = [
  "/usr/lib/ISOLINUX/isolinux.bin",
  "/usr/lib/syslinux/modules/bios/ldlinux.c32",
  "/usr/lib/syslinux/mbr/mbr.bin",
];

/** What runs the machine. */
export type Accelerator = "kvm" | "tcg";
const ACCELERATORS: readonly (readonly [Accelerator, number])[] = [
  ["kvm", 15],
  ["tcg", 300],
];

/** Makes the media in the folder `media` of an empty folder. */
export function make(scratch: string): void {
  const [system, cd, media] = ["system", "cd", "media"].map((name) => join(scratch, name)) as [string, string, string];
  for (const folder of [join(cd, "isolinux"), system, media]) {
    mkdirSync(folder, { recursive: true });
  }
  const [kernel, initramfs] = ["linux", "initrd.gz"].map((name) => join(media, name)) as [string, string];
  unpackKernel(scratch, kernel, join(system, "lib/modules"));
  fillSystem(system);
  packSystem(system, initramfs);
  const iso = join(media, "installer.iso");
  packCd(cd, iso);
  const disk = join(media, "disk.qcow2");
  const accelerator = install(scratch, iso, { kernel, initramfs, disk });
  const [isoSha256, diskSha256] = [iso, disk].map((file) =>
    createHash("sha256").update(readFileSync(file)).digest("hex"),
  );
  writeFileSync(join(media, "facts.json"), JSON.stringify({ isoSha256, diskSha256, accelerator }));
}

function packCd(cd: string, iso: string): void {
  for (const name of ["linux", "initrd.gz"]) {
    cpSync(join(iso, "..", name), join(cd, "isolinux", name));
  }
  for (const file of BOOT_LOADER.slice(0, 2)) {
    cpSync(file, join(cd, "isolinux", file.replace(/.*\//, "")));
  }
  cpSync(fileURLToPath(new URL("isolinux.cfg", import.meta.url)), join(cd, "isolinux/isolinux.cfg"));
  const boot = [
    "-b",
    "isolinux/isolinux.bin",
    "-c",
    "isolinux/boot.cat",
    "-no-emul-boot",
    "-boot-load-size",
    "4",
    "-boot-info-table",
  ];
  run("xorriso", ["-as", "mkisofs", "-quiet", "-R", "-J", "-V", "installer", ...boot, "-o", iso, cd]);
}

/** Runs the installer as a user would, except that nobody types: the kernel is started right away. Gives what ran it. */
function install(
  scratch: string,
  iso: string,
  { kernel, initramfs, disk }: Record<"kernel" | "initramfs" | "disk", string>,
): Accelerator {
  const answer = join(scratch, "answer");
  mkdirSync(answer);
  writeFileSync(join(answer, "answer.sh"), `install-system '${PASSWORD}' && echo Installed && poweroff -f\n`);
  run("xorriso", ["-as", "mkisofs", "-quiet", "-R", "-V", "answer", "-o", `${answer}.iso`, answer]);
  const drives = [`file=${disk},if=virtio`, `file=${iso},media=cdrom`, `file=${answer}.iso,media=cdrom`].flatMap(
    (drive) => ["-drive", drive],
  );
  const words = ["-append", "console=ttyS0 quiet panic=-1 answer=cdrom:answer.sh"];
  const machine = [
    "-m",
    "256",
    "-nic",
    "none",
    "-display",
    "none",
    "-monitor",
    "none",
    "-serial",
    "stdio",
    "-no-reboot",
  ];
  const args = [...machine, ...drives, "-kernel", kernel, "-initrd", initramfs, ...words];
  const said: string[] = [];
  // Not every /dev/kvm can run every system, so that what runs this one has to be found out.
  for (const [accelerator, seconds] of ACCELERATORS) {
    run("qemu-img", ["create", "-q", "-f", "qcow2", disk, "128M"]);
    const ran = spawnSync("qemu-system-x86_64", ["-machine", `accel=${accelerator}`, ...args], {
      encoding: "utf8",
      timeout: seconds * 1000,
      stdio: ["ignore", "pipe", "pipe"],
    });
    if (ran.status === 0 && ran.stdout.includes("Installed")) {
      return accelerator;
    }
    said.push(`${accelerator}: ${ran.stderr}${ran.stdout}`);
  }
  throw new Error(`The installer did not fill the disk:\n${said.join("\n")}`);
}
