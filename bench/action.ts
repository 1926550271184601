// The action beside the command line: how soon it speaks, what validating costs, and a long log passing through.
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { type Benchmark, compare, type Figures, median, type Subject } from "./measure.ts";

/** `BENCH_DIST` names another bundle, to compare two. */
const dist = resolve(process.env["BENCH_DIST"] ?? fileURLToPath(new URL("../dist", import.meta.url)));
const MEGABYTE = 1024 * 1024;

const template = {
  variables: { password: "correct horse battery", version: "1.0" },
  "sensitive-variables": ["password"],
  builders: [
    { type: "docker", image: "debian:12", commit: true },
    { type: "null", name: "other", communicator: "none" },
  ],
  provisioners: [
    { type: "shell", inline: ["echo {{user `version`}}"], only: ["docker"] },
    { type: "shell-local", inline: ["echo {{user `password`}}"] },
  ],
  "post-processors": [["manifest", { type: "checksum", checksum_types: ["sha256"] }]],
};

interface Scene {
  readonly folder: string;
  /** The action as a runner starts it. */
  action(inputs: Readonly<Record<string, string>>): Pick<Subject, "command" | "cwd" | "env">;
  cli(...args: readonly string[]): Pick<Subject, "command" | "cwd">;
}

async function inScene<T>(body: (scene: Scene) => Promise<T> | T): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "packer-ts-bench-"));
  const runner = join(folder, "runner");
  mkdirSync(runner);
  writeFileSync(join(folder, "t.json"), JSON.stringify(template));
  const files = Object.fromEntries(
    ["OUTPUT", "STATE", "STEP_SUMMARY"].map((name) => [`GITHUB_${name}`, join(runner, name)]),
  );
  const env = { ...files, GITHUB_ACTIONS: "true", GITHUB_WORKSPACE: folder, RUNNER_TEMP: runner };
  try {
    return await body({
      folder,
      action: (inputs) => ({
        command: [process.execPath, join(dist, "action.js")],
        cwd: folder,
        env: {
          ...env,
          ...Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
        },
      }),
      cli: (...args) => ({ command: [process.execPath, join(dist, "cli.js"), ...args], cwd: folder }),
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function validate(): Promise<readonly Figures[]> {
  return inScene(({ action, cli }) =>
    compare(
      [
        { name: "action", ...action({ command: "validate", template: "t.json" }) },
        { name: "command line", ...cli("validate", "t.json") },
        { name: "node, empty script", command: [process.execPath, "-e", "0"] },
      ],
      11,
    ),
  );
}

/** From the start of the process to the first byte that it says. */
async function firstLine(): Promise<readonly Figures[]> {
  return inScene(async ({ action }) => {
    const { command, cwd, env } = action({ command: "validate", template: "t.json" });
    const seconds: number[] = [];
    for (let round = -1; round < Number(process.env["BENCH_ROUNDS"] ?? 11); round++) {
      const started = performance.now();
      const child = spawn(command[0], command.slice(1), {
        cwd,
        env: { ...process.env, ...env },
        stdio: ["ignore", "pipe", "ignore"],
      });
      const ended = new Promise((settle) => child.once("close", settle));
      await new Promise((settle) => child.stdout.once("data", settle));
      if (round >= 0) {
        seconds.push((performance.now() - started) / 1000);
      }
      child.stdout.resume();
      await ended;
    }
    const [nothing] = compare([{ name: "node, empty script", command: [process.execPath, "-e", "0"] }]);
    return [{ name: "action", seconds: median(seconds), megabytes: 0 }, ...(nothing === undefined ? [] : [nothing])];
  });
}

/** A build whose only provisioner prints so many megabytes in lines of eighty characters. */
function printing(scene: Scene, megabytes: number): string {
  const log = join(scene.folder, `log-${megabytes}`);
  const line = `${"compiling the 3rd of 9 modules: /usr/src/linux/drivers/net/ethernet ".padEnd(79, ".")}\n`;
  const piece = Buffer.from(line.repeat(MEGABYTE / line.length + 1)).subarray(0, MEGABYTE);
  const file = openSync(log, "w");
  for (let i = 0; i < megabytes; i++) {
    writeSync(file, piece);
  }
  closeSync(file);
  const name = `print-${megabytes}.json`;
  const builders = [{ type: "null", communicator: "none" }];
  const provisioners = [
    { type: "shell-local", environment_vars: ["PASSWORD={{user `password`}}"], inline: [`cat '${log}'`] },
  ];
  const { variables, "sensitive-variables": sensitive } = template;
  writeFileSync(
    join(scene.folder, name),
    JSON.stringify({ variables, "sensitive-variables": sensitive, builders, provisioners }),
  );
  return name;
}

function longLog(): Promise<readonly Figures[]> {
  return inScene((scene) =>
    compare(
      [
        { name: "action, log of 50 MB", ...scene.action({ template: printing(scene, 50) }) },
        { name: "action, log of 1 MB", ...scene.action({ template: printing(scene, 1) }) },
        { name: "command line, log of 50 MB", ...scene.cli("build", printing(scene, 50)) },
        // Its time grows with the square of the log: ten megabytes take it minutes.
        { name: "packer, log of 1 MB", command: ["packer", "build", printing(scene, 1)], cwd: scene.folder },
      ],
      3,
    ),
  );
}

export const benchmarks: readonly Benchmark[] = [
  { name: "first line of the action's log", goal: "under 0.25 s", run: firstLine },
  { name: "validate through the action", goal: "under 0.25 s, at most 1.5x the command line's time", run: validate },
  {
    name: "a log of 50 MB through the action",
    goal: "at most 1 s more than for 1 MB (50 MB/s), in about its memory",
    run: longLog,
  },
];
