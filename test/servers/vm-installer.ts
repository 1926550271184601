// A small real machine for tests of virtual machines: an installer on a CD, and a disk on which it has installed its system.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { needs } from "../needs.ts";
import { type Accelerator, BOOT_LOADER, make, PASSWORD } from "./vm/make.ts";
import { run } from "./vm/run.ts";

export { PASSWORD };

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
  /** What the installer starts, for machines whose firmware does not start CDs. */
  readonly kernel: string;
  readonly initramfs: string;
  /** What runs the machine here: say it in templates. */
  readonly accelerator: Accelerator;
}

/** The content of a file of the system on a disk that `install-system` has made; an error when it is not there. */
export function fileOn(disk: string, path: string): string {
  const raw = join(mkdtempSync(join(tmpdir(), "disk-")), "raw");
  try {
    run("qemu-img", ["convert", "-O", "raw", disk, raw]);
    // The partition begins at 1 MiB. debugfs ends well whatever happens, so that the answer has to be looked at.
    const { stdout, stderr } = spawnSync("debugfs", ["-R", `cat ${path}`, `${raw}?offset=${2 ** 20}`], {
      encoding: "utf8",
    });
    if (/File not found|Bad magic/.test(stderr)) {
      throw new Error(`${path} on ${disk}: ${stderr}`);
    }
    return stdout;
  } finally {
    rmSync(join(raw, ".."), { recursive: true });
  }
}

const TOOLS = ["qemu-system-x86_64", "qemu-img", "xorriso", "busybox", "/usr/sbin/sshd", "/usr/bin/extlinux"];
const RECIPE = fileURLToPath(new URL("vm", import.meta.url));

/** Makes the media unless they are there; `undefined` when the machine lacks something and the test was skipped for it. */
export function vmInstaller(test: TestContext): VmInstaller | undefined {
  if (!needs(test, ...TOOLS, "apt-get", ...BOOT_LOADER.filter((file) => !existsSync(file)))) {
    return undefined;
  }
  try {
    return makeVmInstaller();
  } catch (error) {
    if (process.env["CI"] === "true") {
      throw error;
    }
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
  const at = (name: string): string => join(folder, name);
  const facts = JSON.parse(readFileSync(at("facts.json"), "utf8")) as Pick<
    VmInstaller,
    "isoSha256" | "diskSha256" | "accelerator"
  >;
  return {
    iso: at("installer.iso"),
    disk: at("disk.qcow2"),
    kernel: at("linux"),
    initramfs: at("initrd.gz"),
    ...facts,
  };
}

/** Another process may have made the same at the same time; then its media count. */
function publish(made: string, folder: string): void {
  try {
    renameSync(made, folder);
  } catch (error) {
    if (!existsSync(folder)) {
      throw error;
    }
  }
}

function digestOfRecipe(): string {
  const files = readdirSync(RECIPE, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const hash = createHash("sha256");
  for (const path of files.map((entry) => join(entry.parentPath, entry.name)).sort()) {
    hash.update(path).update(readFileSync(path));
  }
  return hash.digest("hex").slice(0, 16);
}
