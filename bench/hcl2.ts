// HCL2 against Debian's packer: reading a large folder, formatting the corpus, and how fast text is parsed.

import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { format } from "../src/hcl/format.ts";
import { parseConfig } from "../src/hcl/parser.ts";
import { type Benchmark, compare, type Figures, median, type Subject } from "./measure.ts";

const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const corpus = process.env["PACKER_TS_CORPUS"] ?? fileURLToPath(new URL("../../shared/corpus", import.meta.url));

interface Entry {
  readonly kind: string;
  readonly path: string;
  readonly newer?: boolean;
  readonly config_dir?: boolean;
  readonly oracle: string;
}

interface Folder {
  readonly path: string;
  readonly cwd: string;
  readonly flags: readonly string[];
  readonly bytes: number;
}

/** Folders that are one configuration each, the largest first; `readable` leaves out what packer 1.6.6 could not judge. */
function folders(readable: boolean): readonly Folder[] {
  const index = JSON.parse(readFileSync(join(corpus, "INDEX.json"), "utf8")) as { templates: readonly Entry[] };
  const found = index.templates.flatMap((entry): Folder[] => {
    if (entry.kind !== "hcl2" || entry.config_dir !== true || (readable && entry.newer === true)) return [];
    const { cases } = JSON.parse(readFileSync(join(corpus, entry.oracle), "utf8")) as {
      cases: readonly { cwd: string; template: string; flags: readonly string[]; validate_syntax?: { rc: number } }[];
    };
    const [first] = cases;
    if (first === undefined || (readable && first.validate_syntax?.rc !== 0)) return [];
    const bytes = hclFiles(join(corpus, entry.path), false).reduce((sum, file) => sum + readFileSync(file).length, 0);
    return [{ path: first.template, cwd: join(corpus, first.cwd), flags: first.flags, bytes }];
  });
  return [...found].sort((a, b) => b.bytes - a.bytes);
}

function hclFiles(folder: string, deep = true): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return deep ? hclFiles(path) : [];
    return /\.(pkr|pkrvars)\.hcl$/.test(entry.name) ? [path] : [];
  });
}

function validate(): readonly Figures[] {
  const [largest] = folders(true);
  if (largest === undefined) return [];
  const args = ["validate", ...largest.flags, largest.path];
  // What each of them says of it is for the comparison with the corpus; here only the time counts.
  const subject = (name: string, command: readonly [string, ...string[]]): Subject => {
    const [program, ...rest] = command;
    return { name, command, cwd: largest.cwd, status: spawnSync(program, rest, { cwd: largest.cwd, stdio: "ignore" }).status ?? 0 };
  };
  return compare(
    [
      subject(`packer-ts, ${Math.round(largest.bytes / 1024)} KiB`, [process.execPath, cli, ...args]),
      subject("packer", ["packer", ...args]),
      { name: "node, empty script", command: [process.execPath, "-e", "0"] },
    ],
    9,
  );
}

/** Debian's packer has no `-recursive`: it gets every folder by itself, as a script would have to do it. */
function formatting(): readonly Figures[] {
  const copy = mkdtempSync(join(tmpdir(), "packer-ts-bench-"));
  try {
    cpSync(corpus, copy, { recursive: true });
    const all = [...new Set(hclFiles(copy).map((file) => join(file, "..")))];
    const one = `for folder in ${all.map((folder) => `'${folder}'`).join(" ")}; do packer fmt -check "$folder" > /dev/null; done; exit 3`;
    return compare(
      [
        { name: "packer-ts fmt -check -recursive", command: [process.execPath, cli, "fmt", "-check", "-recursive", copy], status: 3 },
        { name: `packer fmt -check, ${all.length} folders`, command: ["sh", "-c", one], status: 3 },
      ],
      3,
    );
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** Seconds for each megabyte, for the corpus and for texts that double in size: the last columns should not grow. */
function parsing(): readonly Figures[] {
  const texts = hclFiles(corpus).map((file) => readFileSync(file, "utf8"));
  const whole = texts.join("\n");
  const perMegabyte = (parts: readonly string[], work: (text: string) => unknown): number => {
    const size = parts.reduce((sum, text) => sum + text.length, 0) / 1e6;
    const taken = [0, 1, 2, 3, 4].map(() => {
      const started = performance.now();
      for (const text of parts) work(text);
      return (performance.now() - started) / 1000 / size;
    });
    return median(taken.slice(1));
  };
  const megabytes = process.memoryUsage().rss / 1e6;
  const line = (name: string, seconds: number): Figures => ({ name: `${name}: ${(1 / seconds).toFixed(1)} MB/s`, seconds, megabytes });
  const parse = (text: string): unknown => parseConfig(text, "bench.pkr.hcl");
  return [
    line(`parse, ${texts.length} files of the corpus`, perMegabyte(texts, parse)),
    line(
      "format, the same",
      perMegabyte(texts, (text) => format(text)),
    ),
    line("parse, one text of a quarter", perMegabyte([whole.slice(0, whole.length / 4)], parse)),
    line("parse, one text of a half", perMegabyte([whole.slice(0, whole.length / 2)], parse)),
    line("parse, one text of all", perMegabyte([whole], parse)),
  ];
}

export const benchmarks: readonly Benchmark[] = existsSync(join(corpus, "INDEX.json"))
  ? [
      { name: "validate of the largest HCL2 folder", goal: "at most 0.5x of packer's time", run: validate },
      { name: "fmt -check of the corpus", goal: "less than packer's time", run: formatting },
      { name: "HCL2 text, for each megabyte", goal: "time that grows linearly with size", run: parsing },
    ]
  : [];
