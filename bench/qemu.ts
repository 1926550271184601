// Machines that QEMU runs: what is downloaded for them, and a whole build from a disk, against packer and the plain tools.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePort } from "../test/servers/listen.ts";
import { makeVmInstaller, PASSWORD } from "../test/servers/vm-installer.ts";
import { type Benchmark, compare, type Figures } from "./measure.ts";

const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));

/** A machine that does not start ends the build as soon as everything is fetched. */
const NO_MACHINE = '#!/bin/sh\n[ "$1" = -version ] && echo "QEMU emulator version 7.2.0" && exit 0\nexit 1\n';

async function inFolder<T>(body: (folder: string) => Promise<T> | T): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "packer-ts-bench-"));
  try {
    return await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A server of its own process, because measuring blocks this one. */
async function serving<T>(folder: string, body: (url: string) => T): Promise<T> {
  const port = await freePort();
  const server = spawn("python3", ["-m", "http.server", String(port), "--bind", "127.0.0.1", "--directory", folder], {
    stdio: "ignore",
  });
  try {
    for (let tries = 0; tries < 100; tries++) {
      const answers = await fetch(`http://127.0.0.1:${port}/`).then(
        () => true,
        () => false,
      );
      if (answers) {
        break;
      }
      await wait(50);
    }
    return body(`http://127.0.0.1:${port}`);
  } finally {
    server.kill();
  }
}

function downloads(): Promise<readonly Figures[]> {
  return inFolder((folder) => {
    spawnSync("dd", ["if=/dev/urandom", "of=large.iso", "bs=1M", "count=512"], { cwd: folder, stdio: "ignore" });
    const sha256 = createHash("sha256")
      .update(readFileSync(join(folder, "large.iso")))
      .digest("hex");
    writeFileSync(join(folder, "qemu"), NO_MACHINE);
    chmodSync(join(folder, "qemu"), 0o755);
    return serving(folder, (url) => {
      const source = { type: "qemu", iso_url: `${url}/large.iso`, iso_checksum: `sha256:${sha256}`, disk_size: "1M" };
      const machine = { qemu_binary: join(folder, "qemu"), accelerator: "none", headless: true, communicator: "none" };
      writeFileSync(join(folder, "template.json"), JSON.stringify({ builders: [{ ...source, ...machine }] }));
      writeFileSync(join(folder, "sums"), `${sha256}  by-hand.iso\n`);
      const after = (): void => {
        for (const name of ["cache", "by-hand.iso", "output-qemu"]) {
          rmSync(join(folder, name), { recursive: true, force: true });
        }
      };
      const common = { cwd: folder, env: { PACKER_CACHE_DIR: join(folder, "cache") }, after };
      return compare(
        [
          { name: "packer-ts", command: [process.execPath, cli, "build", "template.json"], ...common, status: 1 },
          { name: "packer", command: ["packer", "build", "template.json"], ...common, status: 1 },
          {
            name: "curl, sha256sum",
            command: ["sh", "-c", `curl -s -o by-hand.iso ${url}/large.iso && sha256sum -c sums`],
            ...common,
          },
        ],
        5,
      );
    });
  });
}

function wholeBuild(): Promise<readonly Figures[]> {
  const vm = makeVmInstaller();
  return inFolder((folder) => {
    const source = {
      type: "qemu",
      iso_url: vm.disk,
      iso_checksum: `sha256:${vm.diskSha256}`,
      disk_image: true,
      disk_size: "256M",
    };
    const machine = { accelerator: vm.accelerator, memory: 256, headless: true, boot_wait: "-1s", disable_vnc: true };
    const access = { ssh_username: "root", ssh_password: PASSWORD, ssh_timeout: "5m", shutdown_command: "poweroff -f" };
    const provisioners = [{ type: "shell", inline: ["uname -a"] }];
    writeFileSync(
      join(folder, "template.json"),
      JSON.stringify({ builders: [{ ...source, ...machine, ...access }], provisioners }),
    );
    const output = join(folder, "output-qemu");
    const common = {
      cwd: folder,
      env: { PACKER_CACHE_DIR: join(folder, "cache") },
      after: () => {
        if (!existsSync(output)) {
          throw new Error("Nothing was built");
        }
        rmSync(output, { recursive: true });
      },
    };
    return compare(
      [
        { name: "packer-ts", command: [process.execPath, cli, "build", "template.json"], ...common },
        { name: "packer", command: ["packer", "build", "template.json"], ...common },
      ],
      3,
    );
  });
}

export const benchmarks: readonly Benchmark[] = [
  {
    name: "qemu: download of 512 MB with a checksum",
    goal: "at most 0.7x of packer's time, 1.3x of curl and sha256sum",
    run: downloads,
  },
  {
    name: "qemu: a disk booted, one script, shut down, converted",
    goal: "at most 1x of packer's time",
    run: wholeBuild,
  },
];
