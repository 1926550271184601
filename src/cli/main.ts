// The program `packer-ts`. The only reader of argv.
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { readMessage } from "../diagnostic/build-error.ts";
import { leave } from "../host/leave.ts";
import { findOwnFolder } from "../host/own-folder.ts";
import { shortenStack } from "../host/short-stack.ts";
import { keepCompiled } from "./code-cache.ts";

/** Names one bundle; the sources have none. */
declare const __EDITION__: string | undefined;

// Most runs are short: compiling for speed only what runs very often keeps a tenth of the memory. Later versions do not know the flag.
if (process.versions.node.startsWith("20.")) {
  setFlagsFromString("--interrupt-budget=10000000");
}
if (typeof __EDITION__ === "string") {
  keepCompiled(require, join(__dirname, "chunks"), findCacheFile(process.env), __EDITION__);
}

// Until there is an outcome there is no success: a run that nothing keeps alive ends in the middle.
process.exitCode = 1;
void import("./run-cli.ts")
  .then(({ runCli }) => runCli(process.argv.slice(2)))
  .catch(reportBroken)
  // What still holds the process by then is nothing that anybody waits for.
  .then(leave);

/** Nothing of this is expected to be thrown. */
function reportBroken(thrown: unknown): number {
  process.stderr.write(`This is a bug in packer-ts: ${readMessage(thrown)}\n${shortenStack(thrown)}\n`);
  return 1;
}

/** What is in it will run, so it lies where nobody else can write. */
function findCacheFile(env: NodeJS.ProcessEnv): string | undefined {
  const folder = env["NODE_DISABLE_COMPILE_CACHE"] ? undefined : findOwnFolder(env);
  return folder === undefined ? undefined : join(folder, `${process.version}-${process.arch}`);
}
