// The program `packer-ts`. The only reader of argv.
import { setFlagsFromString } from "node:v8";

// Most runs are short: compiling for speed only what runs very often keeps a tenth of the memory. Later versions do not know the flag.
if (process.versions.node.startsWith("20.")) setFlagsFromString("--interrupt-budget=10000000");
const { runCli } = await import("./run-cli.ts");
process.exitCode = await runCli(process.argv.slice(2));
