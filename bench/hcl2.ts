// HCL2 against Debian's packer: reading a large folder, formatting the corpus, and how fast text is parsed.

import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { format } from "../src/hcl/format.ts";
import { parseConfig } from "../src/hcl/parser.ts";
import { type Benchmark, compare, type Figures, median } from "./measure.ts";

const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const corpus = process.env["PACKER_TS_CORPUS"] ?? fileURLToPath(new URL("../../shared/corpus", import.meta.url));

interface Entry {
  readonly kind: string;
  readonly path: string;
  readonly config_dir?: boolean | undefined;
  readonly oracle: string;
}

interface Folder {
  readonly path: string;
  readonly cwd: string;
  readonly flags: readonly string[];
  readonly bytes: number;
}

interface Case {
  readonly cwd: string;
  readonly template: string;
  readonly flags: readonly string[];
  readonly validate?: { readonly rc: number } | undefined;
}

/** The largest folder that is one configuration and that packer 1.6.6 finds valid as it stands. */
function largestValid(): Folder | undefined {
  const index = JSON.parse(readFileSync(join(corpus, "INDEX.json"), "utf8")) as { templates: readonly Entry[] };
  const found = index.templates.flatMap((entry): Folder[] => {
    if (entry.kind !== "hcl2" || entry.config_dir !== true) {
      return [];
    }
    const { cases } = JSON.parse(readFileSync(join(corpus, entry.oracle), "utf8")) as { cases: readonly Case[] };
    const valid = cases.find(({ validate }) => validate?.rc === 0);
    if (valid === undefined) {
      return [];
    }
    return [
      {
        path: valid.template,
        cwd: join(corpus, valid.cwd),
        flags: valid.flags,
        bytes: bytesOf(join(corpus, entry.path)),
      },
    ];
  });
  return found.sort((a, b) => b.bytes - a.bytes)[0];
}

/**
 * The largest folder that packer 1.6.6 reads. As it stands packer ends at the first mistake, so nothing would be compared; in the
 * copy the variables have values, and three options that are newer than 1.6.6 are taken out.
 */
const MENDED = {
  repository: "actions__runner-images",
  folder: "images/ubuntu/templates",
  source: "source.ubuntu.pkr.hcl",
  newer: /^ *(oidc_request_token|oidc_request_url|storage_account_type) *=.*\n/gm,
  values: {
    image_os: "ubuntu22",
    managed_image_name: "image",
    managed_image_resource_group_name: "group",
    location: "westeurope",
    subscription_id: "subscription",
    tenant_id: "tenant",
    client_id: "client",
    client_secret: "secret",
  },
} as const;

function mendedCopy(copy: string): Folder {
  cpSync(join(corpus, MENDED.repository), copy, { recursive: true });
  const cwd = join(copy, MENDED.folder);
  const source = join(cwd, MENDED.source);
  writeFileSync(source, readFileSync(source, "utf8").replace(MENDED.newer, ""));
  return {
    path: ".",
    cwd,
    flags: Object.entries(MENDED.values).flatMap(([name, value]) => ["-var", `${name}=${value}`]),
    bytes: bytesOf(cwd),
  };
}

function bytesOf(folder: string): number {
  return hclFiles(folder, false).reduce((sum, file) => sum + readFileSync(file).length, 0);
}

function hclFiles(folder: string, deep = true): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      return deep ? hclFiles(path) : [];
    }
    return /\.(pkr|pkrvars)\.hcl$/.test(entry.name) ? [path] : [];
  });
}

function validate({ path, cwd, flags, bytes }: Folder, rounds: number): readonly Figures[] {
  const args = ["validate", ...flags, path];
  const ours = `packer-ts, ${Math.round(bytes / 1024)} KiB`;
  return compare(
    [
      { name: ours, command: [process.execPath, cli, ...args], cwd },
      { name: "packer", command: ["packer", ...args], cwd },
      { name: "node, empty script", command: [process.execPath, "-e", "0"] },
    ],
    rounds,
  );
}

function validateMended(): readonly Figures[] {
  const copy = mkdtempSync(join(tmpdir(), "packer-ts-bench-"));
  try {
    return validate(mendedCopy(copy), 3);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
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
        {
          name: "packer-ts fmt -check -recursive",
          command: [process.execPath, cli, "fmt", "-check", "-recursive", copy],
          status: 3,
        },
        { name: `packer fmt -check, ${all.length} folders`, command: ["sh", "-c", one], status: 3 },
      ],
      3,
    );
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** Seconds for each megabyte, of texts from a tenth of a megabyte to ten: the column should not grow. */
function growth(work: (text: string) => unknown): readonly Figures[] {
  const texts = hclFiles(corpus)
    .filter((file) => file.endsWith(".pkr.hcl"))
    .map((file) => readFileSync(file, "utf8"));
  return [0.1, 0.3, 1, 3, 10].map((size) => {
    const text = ofSize(texts, size * 1e6);
    const seconds = perMegabyte([text], work, size < 1 ? 15 : 3);
    return {
      name: `${size} MB: ${(1 / seconds).toFixed(1)} MB/s`,
      seconds,
      megabytes: process.memoryUsage().rss / 1e6,
    };
  });
}

/** Whole files one after the other, over and over, until they are large enough. */
function ofSize(texts: readonly string[], length: number): string {
  const taken: string[] = [];
  for (let size = 0, at = 0; size < length; at = (at + 1) % texts.length) {
    const text = `${texts[at] ?? ""}\n`;
    taken.push(text);
    size += text.length;
  }
  return taken.join("");
}

function corpusFiles(): readonly Figures[] {
  const texts = hclFiles(corpus).map((file) => readFileSync(file, "utf8"));
  const line = (name: string, work: (text: string) => unknown): Figures => {
    const seconds = perMegabyte(texts, work, 4);
    return { name: `${name}: ${(1 / seconds).toFixed(1)} MB/s`, seconds, megabytes: process.memoryUsage().rss / 1e6 };
  };
  return [line(`parse, ${texts.length} files of the corpus`, parse), line("format, the same", format)];
}

function perMegabyte(parts: readonly string[], work: (text: string) => unknown, rounds: number): number {
  const size = parts.reduce((sum, text) => sum + text.length, 0) / 1e6;
  const taken: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const started = performance.now();
    for (const text of parts) {
      work(text);
    }
    if (round >= 0) {
      taken.push((performance.now() - started) / 1000 / size);
    }
  }
  return median(taken);
}

const parse = (text: string): unknown => parseConfig(text, "bench.pkr.hcl");

export const benchmarks: readonly Benchmark[] = existsSync(join(corpus, "INDEX.json"))
  ? [
      {
        name: "validate of the largest HCL2 folder that packer 1.6.6 finds valid",
        goal: "at most 0.5x of packer's time",
        run: () => {
          const largest = largestValid();
          return largest === undefined ? [] : validate(largest, 9);
        },
      },
      {
        name: "validate of the largest HCL2 folder that packer 1.6.6 reads, mended to be valid for it",
        goal: "at most 0.5x of packer's time",
        run: validateMended,
      },
      { name: "fmt -check of the corpus", goal: "less than packer's time", run: formatting },
      { name: "HCL2 files of the corpus, for each megabyte", goal: "as large texts", run: corpusFiles },
      {
        name: "parsing HCL2, for each megabyte of one text",
        goal: "time that grows linearly with size",
        run: () => growth(parse),
      },
      {
        name: "formatting HCL2, for each megabyte of one text",
        goal: "time that grows linearly with size",
        run: () => growth(format),
      },
    ]
  : [];
