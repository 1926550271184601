// Builds of machines by the command line, each in a folder of its own.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { type Ended, type Given, packerTs } from "../packer-ts.ts";
import { PASSWORD, type VmInstaller } from "../servers/vm-installer.ts";

type Options = Readonly<Record<string, unknown>>;

/** A machine from the installed disk. */
export function fromDisk(vm: VmInstaller, options: Options = {}): object {
  return {
    ...{
      type: "qemu",
      disk_image: true,
      iso_url: vm.disk,
      iso_checksum: `sha256:${vm.diskSha256}`,
      skip_resize_disk: true,
    },
    ...{ boot_wait: "-1s", ssh_username: "root", ssh_password: PASSWORD, shutdown_command: "poweroff" },
    ...machine(vm),
    ...options,
  };
}

/** A machine from the installer's CD, where somebody has to type. */
export function fromIso(vm: VmInstaller, options: Options = {}): object {
  return {
    ...{ type: "qemu", iso_url: vm.iso, iso_checksum: `sha256:${vm.isoSha256}`, disk_size: "256M" },
    ...{ boot_wait: "1s", boot_key_interval: "10ms", ssh_username: "root", shutdown_command: "poweroff" },
    ...machine(vm),
    ...options,
  };
}

function machine({ accelerator }: VmInstaller): Options {
  return { accelerator, headless: true, memory: 256, vm_name: "small", output_directory: "made", ssh_timeout: "5m" };
}

/** A machine that is switched off the moment it starts: for all that happens around it. */
export function switchedOff(options: Options = {}): object {
  return {
    ...{
      type: "qemu",
      qemu_binary: "true",
      communicator: "none",
      disable_vnc: true,
      iso_url: "some.iso",
      iso_checksum: "none",
    },
    ...{ headless: true, disk_size: "10M", vm_name: "small", output_directory: "made" },
    ...options,
  };
}

/** Where a build runs, with its own home and folder for temporary files. */
export interface Place {
  readonly root: string;
  /** The current folder of the build. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Makes the folders and fills the current one; what is left in the end is removed, processes too. */
export function placeFor(t: TestContext, files: Readonly<Record<string, string | object>>): Place {
  const root = mkdtempSync(join(tmpdir(), "qemu-build-"));
  const folder = join(root, "case");
  for (const name of ["case", "home", "tmp"]) {
    mkdirSync(join(root, name));
  }
  for (const [name, content] of Object.entries({ "some.iso": "no system", ...files })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content, null, 2));
  }
  t.after(() => {
    for (const [pid] of processesOf(root)) {
      process.kill(pid, "SIGKILL");
    }
    rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  });
  return {
    root,
    folder,
    env: { HOME: join(root, "home"), TMPDIR: join(root, "tmp"), PACKER_CACHE_DIR: join(root, "home/cache") },
  };
}

/** Runs the program there. */
export function runIn({ folder, env }: Place, args: readonly string[], given: Given = {}): Promise<Ended> {
  return packerTs(args, { cwd: folder, env, ...given });
}

/** Builds `t.json` there. */
export function buildIn(place: Place, given: Given = {}, ...args: readonly string[]): Promise<Ended> {
  return runIn(place, ["build", "-color=false", ...args, "t.json"], given);
}

/** What is still there of a build: its result, temporary files, processes with their command. */
export function remains({ root }: Place): readonly string[] {
  const made = readdirSync(join(root, "case")).filter((name) => name.startsWith("made"));
  // The folder of journals stays; a journal in it would be something left.
  const temporary = readdirSync(join(root, "tmp"), { recursive: true, encoding: "utf8" }).filter(
    (name) => !/^packer-ts-journal-\d+$/.test(name),
  );
  return [...made, ...temporary, ...[...processesOf(root)].map(([pid, command]) => `process ${pid}: ${command}`)];
}

/** The processes of a build by their ids: those with its folder in their environment. */
export function processesOf(root: string): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      if (!readFileSync(`/proc/${pid}/environ`, "latin1").includes(root)) {
        continue;
      }
      found.set(Number(pid), readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " "));
    } catch {
      // It has ended meanwhile.
    }
  }
  return found;
}
