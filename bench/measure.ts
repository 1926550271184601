// Times whole commands against one another: paired runs, medians and ratios.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";

/** A command to be timed, with what must be undone after each run. */
export interface Subject {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly cwd?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Called before each run, outside of the time. */
  before?(): void;
  after?(): void;
  /** Exit status that counts as done; 0 unless set. */
  readonly status?: number | undefined;
}

export interface Figures {
  readonly name: string;
  /** Medians. */
  readonly seconds: number;
  readonly megabytes: number;
}

export interface Benchmark {
  readonly name: string;
  /** In words, such as `at most 0.35x of packer`. */
  readonly goal: string;
  /** The first subject is ours; ratios are against each of the others. */
  run(): Promise<readonly Figures[]> | readonly Figures[];
}

/** Runs the subjects in turn, `asked` times (or `BENCH_ROUNDS`) after one warm-up, and gives the medians. */
export function compare(subjects: readonly Subject[], asked = 7): readonly Figures[] {
  const rounds = Number(process.env["BENCH_ROUNDS"] ?? asked);
  const taken = subjects.map(() => ({ seconds: [] as number[], megabytes: [] as number[] }));
  for (let round = -1; round < rounds; round++) {
    subjects.forEach((subject, i) => {
      const { seconds, megabytes } = once(subject);
      if (round < 0) {
        return;
      }
      taken[i]?.seconds.push(seconds);
      taken[i]?.megabytes.push(megabytes);
    });
  }
  return subjects.map(({ name }, i) => ({
    name,
    seconds: median(taken[i]?.seconds ?? []),
    megabytes: median(taken[i]?.megabytes ?? []),
  }));
}

function once(subject: Subject): { seconds: number; megabytes: number } {
  subject.before?.();
  const folder = mkdtempSync(join(tmpdir(), "packer-ts-bench-"));
  const report = join(folder, "rusage");
  const started = performance.now();
  const ended = spawnSync("/usr/bin/time", ["-f", "%M", "-o", report, ...subject.command], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, CHECKPOINT_DISABLE: "1", ...subject.env },
    maxBuffer: 64 * 1024 * 1024,
    cwd: subject.cwd,
  });
  const seconds = (performance.now() - started) / 1000;
  const kilobytes = Number(readFileSync(report, "utf8").trim().split("\n").at(-1));
  rmSync(folder, { recursive: true, force: true });
  subject.after?.();
  if (ended.status !== (subject.status ?? 0)) {
    throw new Error(`${subject.name} ended with ${ended.status}: ${ended.stderr.toString().slice(-2000)}`);
  }
  return { seconds, megabytes: kilobytes / 1024 };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** One benchmark as text: a line per subject, with the ratios of the first against the others. */
export function report(benchmark: Benchmark, figures: readonly Figures[]): string {
  const [ours, ...others] = figures;
  const lines = [`${benchmark.name} (goal: ${benchmark.goal})`];
  const row = ({ name, seconds, megabytes }: Figures, more = ""): string =>
    `  ${name.padEnd(28)} ${seconds.toFixed(3).padStart(8)} s ${megabytes.toFixed(0).padStart(6)} MB${more}`;
  if (ours !== undefined) {
    lines.push(row(ours));
  }
  for (const other of others) {
    if (ours !== undefined) {
      lines.push(
        row(
          other,
          `   ours: ${(ours.seconds / other.seconds).toFixed(2)}x time, ${(ours.megabytes / other.megabytes).toFixed(2)}x memory`,
        ),
      );
    }
  }
  return lines.join("\n");
}
