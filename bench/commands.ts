// Commands that only read a template, as whole processes.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Benchmark, compare, type Figures } from "./measure.ts";

const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));

const template = JSON.stringify({
  variables: { version: "1.0", name: "image-{{timestamp}}" },
  builders: [
    { type: "docker", image: "debian:12", commit: true },
    { type: "null", name: "other", communicator: "none" },
  ],
  provisioners: [
    { type: "shell", inline: ["echo {{user `version`}}", "echo {{user `name`}}"], only: ["docker"] },
    { type: "shell-local", inline: ["true"] },
  ],
  "post-processors": [["manifest", { type: "checksum", checksum_types: ["sha256"] }]],
});

function side(args: readonly string[], rounds: number): readonly Figures[] {
  const folder = mkdtempSync(join(tmpdir(), "packer-ts-bench-"));
  try {
    writeFileSync(join(folder, "template.json"), template);
    return compare(
      [
        { name: "packer-ts", command: [process.execPath, cli, ...args, "template.json"], cwd: folder },
        { name: "packer", command: ["packer", ...args, "template.json"], cwd: folder },
        { name: "node, empty script", command: [process.execPath, "-e", "0"], cwd: folder },
      ],
      rounds,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const benchmarks: readonly Benchmark[] = [
  {
    name: "validate of one template",
    goal: "at most 0.35x of packer's time, 1x of its memory",
    run: () => side(["validate"], 11),
  },
  {
    name: "inspect of one template",
    goal: "at most 1.5x of packer's time, 1x of its memory",
    run: () => side(["inspect"], 11),
  },
];
