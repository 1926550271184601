// Side-by-side measurements against Debian's packer and the plain tools: `npm run bench [-- FILTER]`.
import { readdirSync } from "node:fs";
import { cpus } from "node:os";
import { type Benchmark, report } from "./measure.ts";

const folder = new URL(".", import.meta.url);
const filter = process.argv[2] ?? "";

process.stdout.write(`node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? "unknown processor"}\n\n`);
for (const file of readdirSync(folder)
  .filter((name) => name.endsWith(".ts") && !["main.ts", "measure.ts"].includes(name))
  .sort()) {
  const { benchmarks = [] } = (await import(new URL(file, folder).href)) as {
    readonly benchmarks?: readonly Benchmark[] | undefined;
  };
  for (const benchmark of benchmarks) {
    if (!`${file} ${benchmark.name}`.includes(filter)) {
      continue;
    }
    process.stdout.write(`${report(benchmark, await benchmark.run())}\n\n`);
  }
}
