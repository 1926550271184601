// Runs the tests: all of them, those beside the sources with `--unit`, or the files named on the command line. Node 20 does not expand patterns by itself.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const named = process.argv.slice(2);
const folders = named[0] === "--unit" ? ["src"] : ["src", "test"];
const all = folders.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => join(folder, name)),
);
const files = named.length > 0 && named[0] !== "--unit" ? named : all.sort();
// Most of them wait for somebody most of the time, so that none of the processors need be left alone.
const concurrency = `--test-concurrency=${availableParallelism()}`;
const { status, signal } = spawnSync(
  process.execPath,
  ["--import", "tsx", "--test", concurrency, "--test-reporter=spec", ...files],
  { cwd: root, stdio: "inherit" },
);
process.exit(signal === null ? (status ?? 1) : 1);
