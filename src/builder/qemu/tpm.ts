// An emulated TPM beside the machine: the program swtpm.
import { access } from "node:fs/promises";
import { join } from "node:path";
import { failure } from "../../diagnostic/build-error.ts";
import { startProgram } from "../../driver/qemu/machine.ts";
import type { BuildRun } from "../../sdk/builder.ts";
import type { QemuConfig } from "./facts.ts";
import { tpm } from "./programs.ts";

/** Milliseconds in which the program opens its socket. */
const PATIENCE = 5000;
const LOOK_EVERY = 50;

/** Starts the TPM and gives its socket; `undefined` when the machine is to have none. */
export async function startTpm(config: QemuConfig, run: BuildRun<typeof tpm>): Promise<string | undefined> {
  if (!config.vtpm) {
    return undefined;
  }
  const folder = await run.temporaryFolder("packer-tpm");
  const socket = join(folder, "vtpm.sock");
  const version = config.use_tpm1 ? [] : ["--tpm2"];
  const command = [
    "swtpm",
    "socket",
    "--tpmstate",
    `dir=${folder}`,
    "--ctrl",
    `type=unixio,path=${socket}`,
    ...version,
  ] as const;
  run.ui.say("Starting TPM...");
  const program = await run.acquire(tpm, { mark: folder }, (host) => startProgram(host, command));
  const ended = program.ended.then(() => true);
  for (let waited = 0; waited < PATIENCE; waited += LOOK_EVERY) {
    if (await isThere(socket)) {
      return socket;
    }
    if ((await Promise.race([ended, run.host.clock.sleep(LOOK_EVERY, run.signal)])) === true) {
      break;
    }
  }
  throw failure("environment", "qemu/tpm", "The TPM did not start", {
    detail: program.words() || "swtpm said nothing.",
  });
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
