// A small real machine for tests of virtual machines: an installer on a CD, and a disk on which it has installed its system.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { needs } from "../needs.ts";
import { unpackKernel } from "./vm/kernel.ts";
import { run } from "./vm/run.ts";
import { fillSystem, packSystem } from "./vm/system.ts";

/** Media of the small machine. They stay for the next test: use them, never write to them. */
export interface VmInstaller {
  /**
   * Shows `boot:` and waits for ever. After `linux answer=URL` it fetches that shell script and runs it; then `sshd` starts.
   * The script lets root in with `set-password WORD`, or puts the system on the first disk with `install-system WORD`
   * and starts that one with `reboot`.
   * URLs are `http://…` and `cdrom:FILE`, on any CD.
   */
  readonly iso: string;
  readonly isoSha256: string;
  /** Boots the installed system, a partition with ext2 on 128 MiB in qcow2; root's password is `PASSWORD`. */
  readonly disk: string;
  readonly diskSha256: string;
  /** What runs the machine here: say it in templates. */
  readonly accelerator: Accelerator;
}

type Accelerator = "kvm" | "tcg";
const ACCELERATORS: readonly (readonly [Accelerator, number])[] = [
  ["kvm", 15],
  ["tcg", 300],
];

/** What lets root in on `disk`. */
export const PASSWORD = "packer";

const TOOLS = ["qemu-system-x86_64", "qemu-img", "xorriso", "busybox", "/usr/sbin/sshd", "/usr/bin/extlinux"];
const FILES = ["/usr/lib/ISOLINUX/isolinux.bin", "/usr/lib/syslinux/modules/bios/ldlinux.c32", "/usr/lib/syslinux/mbr/mbr.bin"];
const RECIPE = fileURLToPath(new URL("vm", import.meta.url));
const HERE = fileURLToPath(import.meta.url);

/** Makes the media unless they are there; `undefined` when the machine lacks something and the test was skipped for it. */
export function vmInstaller(test: TestContext): VmInstaller | undefined {
  if (!needs(test, ...TOOLS, "apt-get", ...FILES.filter((file) => !existsSync(file)))) return undefined;
  try {
    return makeVmInstaller();
  } catch (error) {
    if (process.env["CI"] === "true") throw error;
    test.skip(`the small machine cannot be made: ${error instanceof Error ? error.message : error}`);
    return undefined;
  }
}

/** As `vmInstaller`, outside a test. */
export function makeVmInstaller(): VmInstaller {
  const cache = process.env["PACKER_TS_VM"] ?? join(tmpdir(), "packer-ts-vm");
  const folder = join(cache, digestOfRecipe());
  if (!existsSync(folder)) {
    mkdirSync(cache, { recursive: true });
    const making = mkdtempSync(join(cache, "making-"));
    try {
      make(making);
      publish(join(making, "media"), folder);
    } finally {
      rmSync(making, { recursive: true, force: true });
    }
  }
  const [iso, disk] = [join(folder, "installer.iso"), join(folder, "disk.qcow2")];
  const facts = JSON.parse(readFileSync(join(folder, "facts.json"), "utf8")) as Omit<VmInstaller, "iso" | "disk">;
  return { iso, disk, ...facts };
}

/** Another process may have made the same at the same time; then its media count. */
function publish(made: string, folder: string): void {
  try {
    renameSync(made, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}

function digestOfRecipe(): string {
  const files = readdirSync(RECIPE, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const hash = createHash("sha256");
  for (const path of [HERE, ...files.map((entry) => join(entry.parentPath, entry.name)).sort()])
    hash.update(path).update(readFileSync(path));
  return hash.digest("hex").slice(0, 16);
}

function make(scratch: string): void {
  const [system, cd, media] = ["system", "cd", "media"].map((name) => join(scratch, name)) as [string, string, string];
  for (const folder of [join(cd, "isolinux"), system, media]) mkdirSync(folder, { recursive: true });
  const [kernel, initramfs] = [join(cd, "isolinux/linux"), join(cd, "isolinux/initrd.gz")];
  unpackKernel(scratch, kernel, join(system, "lib/modules"));
  fillSystem(system);
  packSystem(system, initramfs);
  const iso = join(media, "installer.iso");
  packCd(cd, iso);
  const disk = join(media, "disk.qcow2");
  const accelerator = install(scratch, iso, { kernel, initramfs, disk });
  const [isoSha256, diskSha256] = [iso, disk].map((file) => createHash("sha256").update(readFileSync(file)).digest("hex"));
  writeFileSync(join(media, "facts.json"), JSON.stringify({ isoSha256, diskSha256, accelerator }));
}

function packCd(cd: string, iso: string): void {
  for (const file of FILES.slice(0, 2)) cpSync(file, join(cd, "isolinux", file.replace(/.*\//, "")));
  cpSync(join(RECIPE, "isolinux.cfg"), join(cd, "isolinux/isolinux.cfg"));
  const boot = ["-b", "isolinux/isolinux.bin", "-c", "isolinux/boot.cat", "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table"];
  run("xorriso", ["-as", "mkisofs", "-quiet", "-R", "-J", "-V", "installer", ...boot, "-o", iso, cd]);
}

/** Runs the installer as a user would, except that nobody types: the kernel is started right away. Gives what ran it. */
function install(scratch: string, iso: string, { kernel, initramfs, disk }: Record<"kernel" | "initramfs" | "disk", string>): Accelerator {
  const answer = join(scratch, "answer");
  mkdirSync(answer);
  writeFileSync(join(answer, "answer.sh"), `install-system ${PASSWORD} && echo Installed && poweroff -f\n`);
  run("xorriso", ["-as", "mkisofs", "-quiet", "-R", "-V", "answer", "-o", `${answer}.iso`, answer]);
  const drives = [`file=${disk},if=virtio`, `file=${iso},media=cdrom`, `file=${answer}.iso,media=cdrom`].flatMap((drive) => [
    "-drive",
    drive,
  ]);
  const words = ["-append", "console=ttyS0 quiet panic=-1 answer=cdrom:answer.sh"];
  const machine = ["-m", "256", "-nic", "none", "-display", "none", "-monitor", "none", "-serial", "stdio", "-no-reboot"];
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
    if (ran.status === 0 && ran.stdout.includes("Installed")) return accelerator;
    said.push(`${accelerator}: ${ran.stderr}${ran.stdout}`);
  }
  throw new Error(`The installer did not fill the disk:\n${said.join("\n")}`);
}
