// The program `packer-ts`. The only reader of argv.
import { runCli } from "./run-cli.ts";

process.exitCode = await runCli(process.argv.slice(2));
