// Builds over SSH to OpenSSH's server on this machine, against packer and against OpenSSH's own programs.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { ssh } from "../src/communicator/ssh/ssh.ts";
import { configOf } from "../test/fakes/prepare.ts";
import { hear, realRun } from "../test/servers/ssh-run.ts";
import { launchSshd, type Sshd } from "../test/servers/sshd.ts";
import { type Benchmark, compare, type Figures, report, type Subject } from "./measure.ts";

const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const MEGABYTE = 1024 * 1024;

interface Bench {
  readonly sshd: Sshd;
  /** Scratch folder of the measurement; `there` in it is emptied after every run. */
  readonly folder: string;
  readonly there: string;
}

/** Starts a server, measures, and leaves nothing behind. */
async function withServer(
  measure: (bench: Bench) => Promise<readonly Figures[]> | readonly Figures[],
): Promise<readonly Figures[]> {
  const sshd = await launchSshd({ config: ["MaxSessions 100"] });
  // In memory: for five seconds after anybody removed files, ext4 takes a millisecond instead of a twentieth for every new one.
  const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "packer-ts-bench-"));
  try {
    const there = join(folder, "there");
    mkdirSync(there);
    return await measure({ sshd, folder, there });
  } finally {
    await sshd.stop();
    for (const dir of [sshd.dir, folder]) {
      rmSync(dir, { recursive: true, force: true });
    }
  }
}

function builder(sshd: Sshd, more: object = {}): object {
  const login = {
    ssh_host: sshd.host,
    ssh_port: sshd.port,
    ssh_username: sshd.user,
    ssh_private_key_file: sshd.keyFile,
  };
  return { type: "null", communicator: "ssh", ...login, ...more };
}

function openssh(sshd: Sshd, port: "-p" | "-P"): readonly string[] {
  const quiet = ["-q", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"];
  return [...quiet, "-i", sshd.keyFile, port, String(sshd.port)];
}

/** Both programs over one template, and OpenSSH's commands that do the same. */
function builds(
  bench: Bench,
  template: object,
  byHand: readonly Pick<Subject, "name" | "command">[],
  { rounds, prepare }: { readonly rounds: number; readonly prepare?: (() => void) | undefined },
): readonly Figures[] {
  const file = join(bench.folder, "template.json");
  writeFileSync(file, JSON.stringify(template));
  const common = {
    cwd: bench.folder,
    before() {
      rmSync(bench.there, { recursive: true, force: true });
      mkdirSync(bench.there);
      prepare?.();
    },
  };
  return compare(
    [
      { name: "packer-ts", command: [process.execPath, cli, "build", file], ...common },
      { name: "packer", command: ["packer", "build", file], ...common },
      ...byHand.map((subject) => ({ ...subject, ...common })),
    ],
    rounds,
  );
}

function largeFile(folder: string, megabytes: number): string {
  const file = join(folder, `large-${megabytes}`);
  spawnSync("dd", ["if=/dev/urandom", `of=${file}`, "bs=1M", `count=${megabytes}`], { stdio: "ignore" });
  return file;
}

function upload(method: "scp" | "sftp", megabytes: number): Promise<readonly Figures[]> {
  return withServer((bench) => {
    const { sshd, there } = bench;
    const source = largeFile(bench.folder, megabytes);
    const provisioners = [{ type: "file", source, destination: join(there, "file") }];
    const to = `${sshd.user}@${sshd.host}:${there}/file`;
    const byHand = [{ name: "OpenSSH scp", command: ["scp", ...openssh(sshd, "-P"), source, to] as const }];
    return builds(bench, { builders: [builder(sshd, { ssh_file_transfer_method: method })], provisioners }, byHand, {
      rounds: 7,
    });
  });
}

function download(method: "scp" | "sftp"): Promise<readonly Figures[]> {
  return withServer((bench) => {
    const { sshd, there } = bench;
    const source = largeFile(bench.folder, 256);
    const provisioners = [{ type: "file", direction: "download", source, destination: join(there, "file") }];
    const byHand = [
      {
        name: "OpenSSH scp",
        command: ["scp", ...openssh(sshd, "-P"), `${sshd.user}@${sshd.host}:${source}`, join(there, "file")] as const,
      },
    ];
    return builds(bench, { builders: [builder(sshd, { ssh_file_transfer_method: method })], provisioners }, byHand, {
      rounds: 7,
    });
  });
}

/** What lies at the destination before: an empty folder, no folder, or a folder with half of the names in it. */
type Before = "there" | "missing" | "merged";

function folderUpload(method: "scp" | "sftp", before: Before = "there"): Promise<readonly Figures[]> {
  return withServer((bench) => {
    const { sshd, there } = bench;
    const source = join(bench.folder, "many");
    for (let dir = 0; dir < 50; dir++) {
      mkdirSync(join(source, String(dir)), { recursive: true });
      for (let file = 0; file < 40; file++) {
        writeFileSync(join(source, String(dir), String(file)), Buffer.alloc(4096, dir + file));
      }
    }
    const destination = before === "missing" ? join(there, "many") : there;
    const provisioners = [{ type: "file", source, destination }];
    const to = `${sshd.user}@${sshd.host}:${destination}`;
    const piped = `tar cf - -C ${bench.folder} many | ssh ${openssh(sshd, "-p").join(" ")} ${sshd.user}@${sshd.host} tar xf - -C ${there}`;
    const byHand = [
      { name: "OpenSSH scp -r", command: ["scp", "-r", ...openssh(sshd, "-P"), source, to] as const },
      { name: "tar through ssh", command: ["sh", "-c", piped] as const },
    ];
    const prepare = (): void => {
      if (before !== "merged") {
        return;
      }
      for (let dir = 0; dir < 50; dir += 2) {
        cpSync(join(source, String(dir)), join(there, "many", String(dir)), { recursive: true });
      }
    };
    const template = { builders: [builder(sshd, { ssh_file_transfer_method: method })], provisioners };
    return builds(bench, template, byHand, { rounds: 7, prepare });
  });
}

/** Commands one after the other over one connection, the connecting not counted. */
function commands(count: number): Promise<readonly Figures[]> {
  return withServer(async ({ sshd, folder }) => {
    const { type: _type, communicator: _communicator, ...options } = builder(sshd) as Record<string, unknown>;
    const machine = await ssh.connect(await configOf(ssh, options), {}, realRun());
    const control = join(folder, "control");
    const shared = [...openssh(sshd, "-p"), "-S", control, `${sshd.user}@${sshd.host}`];
    spawnSync("ssh", ["-MNf", ...shared], { stdio: "ignore" });
    const times = { ours: [] as number[], theirs: [] as number[] };
    for (let i = 0; i < count; i++) {
      const began = performance.now();
      await hear(machine, "true");
      const between = performance.now();
      spawnSync("ssh", [...shared, "true"], { stdio: "ignore" });
      times.ours.push(between - began);
      times.theirs.push(performance.now() - between);
    }
    await machine.close();
    const theirMemory = memoryOf(["ssh", ...shared, "true"]);
    spawnSync("ssh", ["-O", "exit", ...shared], { stdio: "ignore" });
    const total = (each: readonly number[]): number => each.reduce((sum, time) => sum + time, 0) / 1000;
    return [
      { name: "packer-ts", seconds: total(times.ours), megabytes: process.memoryUsage().rss / MEGABYTE },
      { name: "ssh, shared connection", seconds: total(times.theirs), megabytes: theirMemory },
    ];
  });
}

function memoryOf(command: readonly string[]): number {
  const ran = spawnSync("/usr/bin/time", ["-f", "%M", ...command], { encoding: "utf8" });
  return Number(ran.stderr.trim().split("\n").at(-1)) / 1024;
}

/** Many machines in one build: a script and a file each. */
function fleet(size: number): Promise<readonly Figures[]> {
  return withServer(async (bench) => {
    const machines = await Promise.all(Array.from({ length: size }, () => launchSshd()));
    try {
      const source = largeFile(bench.folder, 1);
      const builders = machines.map((sshd, i) => builder(sshd, { name: `machine${i}` }));
      const provisioners = [
        { type: "shell", inline: ["echo hello"] },
        { type: "file", source, destination: join(bench.there, "{{build_name}}") },
      ];
      return builds(bench, { builders, provisioners }, [], { rounds: 3 });
    } finally {
      for (const sshd of machines) {
        await sshd.stop();
        rmSync(sshd.dir, { recursive: true, force: true });
      }
    }
  });
}

export const benchmarks: readonly Benchmark[] = [
  {
    name: "SSH: a file of 256 MB up by scp",
    goal: "at most 0.4x of packer, 1.3x of OpenSSH scp, 1x of packer's memory",
    run: () => upload("scp", 256),
  },
  {
    name: "SSH: a file of 256 MB up by SFTP",
    goal: "at most 0.4x of packer, 1.3x of OpenSSH scp, 1x of packer's memory",
    run: () => upload("sftp", 256),
  },
  { name: "SSH: a file of 1 GB up by scp", goal: "no more memory than for 256 MB", run: () => upload("scp", 1024) },
  { name: "SSH: a file of 256 MB down by scp", goal: "at most 1.3x of OpenSSH scp", run: () => download("scp") },
  { name: "SSH: a file of 256 MB down by SFTP", goal: "at most 1.3x of OpenSSH scp", run: () => download("sftp") },
  {
    name: "SSH: 2,000 files of 4 KB in 50 folders up by scp",
    goal: "at most 0.4x of packer",
    run: () => folderUpload("scp"),
  },
  {
    name: "SSH: 2,000 files of 4 KB in 50 folders up by SFTP",
    goal: "at most 0.4x of packer",
    run: () => folderUpload("sftp"),
  },
  {
    name: "SSH: 2,000 files, new folder, by scp",
    goal: "at most 0.6x of packer",
    run: () => folderUpload("scp", "missing"),
  },
  {
    name: "SSH: 2,000 files, merged folder, by scp",
    goal: "at most 0.6x of packer",
    run: () => folderUpload("scp", "merged"),
  },
  {
    name: "SSH: 2,000 files, merged folder, by SFTP",
    goal: "at most 0.6x of packer",
    run: () => folderUpload("sftp", "merged"),
  },
  {
    name: "SSH: 1,000 commands over one connection",
    goal: "at most 1.2x of ssh with a shared connection",
    run: () => commands(1000),
  },
  {
    name: "SSH: 50 machines at once, a script and 1 MB each",
    goal: "at most 1x of packer's time and memory",
    run: () => fleet(50),
  },
];

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const filter = process.argv[2] ?? "";
  for (const benchmark of benchmarks) {
    if (benchmark.name.includes(filter)) {
      process.stdout.write(`${report(benchmark, await benchmark.run())}\n\n`);
    }
  }
}
