// Whole docker builds on the real engine, against packer and against the docker commands that do the same by hand.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeBaseImage } from "../test/servers/docker-fixture.ts";
import { type Benchmark, compare, type Figures, report, type Subject } from "./measure.ts";

const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const TAG = "packer-ts-bench/out";

interface Case {
  readonly provisioners: readonly unknown[];
  /** What a person would type between `docker run` and `docker commit`; `$id` is the container. */
  readonly byHand: string;
  readonly rounds: number;
  prepare?(folder: string): void;
}

const shellCase: Case = {
  provisioners: [{ type: "shell", inline: ["echo hello > /etc/hello", "cat /etc/hello"] }],
  byHand: 'docker exec "$id" sh -c "echo hello > /etc/hello; cat /etc/hello"',
  rounds: 11,
};

const largeFileCase: Case = {
  provisioners: [{ type: "file", source: "large.bin", destination: "/large.bin" }],
  byHand: 'docker cp large.bin "$id":/large.bin',
  rounds: 5,
  prepare: (folder) =>
    void spawnSync("dd", ["if=/dev/urandom", "of=large.bin", "bs=1M", "count=256"], { cwd: folder, stdio: "ignore" }),
};

const manyScriptsCase: Case = {
  provisioners: Array.from({ length: 5 }, (_, at) => ({ type: "shell", inline: [`echo ${at} > /etc/hello${at}`] })),
  byHand: 'for at in 0 1 2 3 4; do docker exec "$id" sh -c "echo $at > /etc/hello$at"; done',
  rounds: 7,
};

function side({ provisioners, byHand, rounds, prepare }: Case): readonly Figures[] {
  const image = makeBaseImage();
  const folder = mkdtempSync(join(tmpdir(), "packer-ts-bench-"));
  try {
    prepare?.(folder);
    const builders = [{ type: "docker", image, pull: false, commit: true }];
    const postProcessors = [{ type: "docker-tag", repository: TAG, tag: "1" }];
    writeFileSync(
      join(folder, "template.json"),
      JSON.stringify({ builders, provisioners, "post-processors": postProcessors }),
    );
    writeFileSync(join(folder, "by-hand.sh"), script(image, byHand));
    const after = (): void => void spawnSync("docker", ["rmi", "-f", `${TAG}:1`], { stdio: "ignore" });
    const common: Pick<Subject, "cwd" | "after"> = { cwd: folder, after };
    const subjects: readonly Subject[] = [
      { name: "packer-ts", command: [process.execPath, cli, "build", "template.json"], ...common },
      { name: "packer", command: ["packer", "build", "template.json"], ...common },
      { name: "docker by hand", command: ["sh", "-e", "by-hand.sh"], ...common },
    ];
    return compare(subjects, rounds);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function script(image: string, provision: string): string {
  return [
    `id=$(docker run -d -i -t --entrypoint=/bin/sh -- ${image})`,
    provision,
    'image=$(docker commit "$id")',
    'docker rm -f "$id"',
    `docker tag "$image" ${TAG}:1`,
    "",
  ].join("\n");
}

export const benchmarks: readonly Benchmark[] = [
  {
    name: "docker build: shell provisioner, commit, tag, image local",
    goal: "at most 0.7x of packer's time, 1x of its memory",
    run: () => side(shellCase),
  },
  {
    name: "docker build: five shell provisioners, commit, tag",
    goal: "at most 0.7x of packer's time",
    run: () => side(manyScriptsCase),
  },
  {
    name: "docker build: one file of 256 MB, commit, tag",
    goal: "at most 1x of packer's time, 1x of its memory",
    run: () => side(largeFileCase),
  },
];

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const benchmark of benchmarks) {
    process.stdout.write(`${report(benchmark, await benchmark.run())}\n\n`);
  }
}
