// Uploads over WinRM with a round trip of 50 ms, against Debian's packer and the same test machine.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Benchmark, Figures } from "./measure.ts";

const ROUND_TRIP = "50";
const tsx = ["--import", "tsx"] as const;

function script(name: string): string {
  return fileURLToPath(new URL(`./winrm/${name}.ts`, import.meta.url));
}

/** Runs a command against a fresh machine; the time is that of the transfer alone. */
async function against(
  name: string,
  command: (port: number) => readonly [string, ...string[]],
  cwd: string,
): Promise<Figures> {
  const machine = spawn(process.execPath, [...tsx, script("serve"), ROUND_TRIP], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: machine.stdout })[Symbol.asyncIterator]();
  try {
    const port = Number((await lines.next()).value);
    const memory = join(mkdtempSync(join(tmpdir(), "packer-ts-bench-")), "memory");
    const [file, ...args] = command(port);
    const child = spawn("/usr/bin/time", ["-f", "%M", "-o", memory, file, ...args], {
      cwd,
      env: { ...process.env, CHECKPOINT_DISABLE: "1" },
      stdio: ["ignore", "ignore", "inherit"],
    });
    const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
    if (code !== 0) {
      throw new Error(`${name} ended with ${code}`);
    }
    machine.kill("SIGTERM");
    const seen = JSON.parse((await lines.next()).value as string) as { seconds: number; requests: number };
    const megabytes = Number(readFileSync(memory, "utf8").trim().split("\n").at(-1)) / 1024;
    return { name: `${name}, ${seen.requests} requests`, seconds: seen.seconds, megabytes };
  } finally {
    machine.kill("SIGKILL");
  }
}

async function bothSend(make: (folder: string) => string): Promise<readonly Figures[]> {
  const folder = mkdtempSync(join(tmpdir(), "packer-ts-bench-"));
  try {
    const source = make(folder);
    const ours = (how: string) => (port: number) =>
      [process.execPath, ...tsx, script("send"), String(port), source, how] as const;
    const root = fileURLToPath(new URL("..", import.meta.url));
    const theirs = (port: number): readonly [string, ...string[]] => {
      const builder = {
        type: "null",
        communicator: "winrm",
        winrm_host: "127.0.0.1",
        winrm_port: port,
        winrm_username: "vagrant",
        winrm_password: "vagrant",
      };
      const file = join(folder, "template.json");
      writeFileSync(
        file,
        JSON.stringify({
          builders: [builder],
          provisioners: [{ type: "file", source, destination: "C:/data/file.bin" }],
        }),
      );
      return ["packer", "build", file];
    };
    return [
      await against("packer-ts, sealed", ours("ntlm"), root),
      await against("packer-ts, Basic", ours("basic"), root),
      await against("packer, Basic", theirs, folder),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const benchmarks: readonly Benchmark[] = [
  {
    name: "WinRM upload of 10 MB",
    goal: "at most 0.05x of packer's time",
    run: () =>
      bothSend((folder) => {
        writeFileSync(join(folder, "file.bin"), randomBytes(10_000_000));
        return join(folder, "file.bin");
      }),
  },
  {
    name: "WinRM upload of 200 files, 1.4 MB",
    goal: "less than 60 requests",
    run: () =>
      bothSend((folder) => {
        mkdirSync(join(folder, "many"));
        for (let number = 0; number < 200; number++) {
          writeFileSync(join(folder, "many", `${number}.bin`), randomBytes(7_000));
        }
        return join(folder, "many");
      }),
  },
];
