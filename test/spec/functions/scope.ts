// The functions as cases of the tests call them: everything that could change from run to run stands still.
import { homedir } from "node:os";
import { fileURLToPath } from "node:url";
import type { EvalContext } from "../../../src/hcl/context.ts";
import { openFileGate } from "../../../src/host/file-gate.ts";
import { hclFunctions, yamlReaderFor } from "../../../src/template/functions/registry.ts";
import type { FunctionWorld } from "../../../src/template/functions/signature.ts";

/** Saturday, 2 January 2021, 03:04:05.678 in UTC. */
export const moment = Date.UTC(2021, 0, 2, 3, 4, 5, 678);

/** A world in which a run has begun at `moment` and nothing is random. */
export const stillWorld: FunctionWorld = {
  baseDir: fileURLToPath(new URL("files", import.meta.url)),
  host: {
    cwd: process.cwd(),
    env: { HOME: homedir() },
    homeDir: homedir(),
    files: openFileGate(),
    random: {
      bytes: (length) => new Uint8Array(length).fill(7),
      uuid: () => "01234567-89ab-4def-8123-456789abcdef",
      integer: () => 0,
    },
  },
  startedAt: moment,
  now: () => moment,
  lookup: (name, args) => `${name}:${args.join("/")}`,
  ...(await yamlReaderFor(["yamldecode"])),
};

/** All functions and no variables. */
export const functionScope: EvalContext = { functions: hclFunctions(stillWorld), variables: new Map() };
