// An emulated TPM beside the machine: the program swtpm.
import { join } from "node:path";
import { failure } from "../../diagnostic/build-error.ts";
import type { BuildRun } from "../../sdk/builder.ts";
import type { QemuConfig } from "./facts.ts";

/** Milliseconds in which the program opens its socket. */
const PATIENCE = 5000;
const LOOK_EVERY = 50;

/** Starts the TPM and gives its socket; `undefined` when the machine is to have none. */
export async function startTpm(config: QemuConfig, run: BuildRun): Promise<string | undefined> {
  if (!config.vtpm) return undefined;
  const folder = await run.temporaryFolder("packer-tpm");
  const socket = join(folder, "vtpm.sock");
  const version = config.use_tpm1 ? [] : ["--tpm2"];
  const command = ["swtpm", "socket", "--tpmstate", `dir=${folder}`, "--ctrl", `type=unixio,path=${socket}`, ...version] as const;
  run.ui.say("Starting TPM...");
  let said = "";
  let ended: number | undefined;
  await run.acquire({ kind: "process", title: "TPM", data: { mark: folder } }, async () => {
    const running = await run.host.processes.start(command, { stdin: "ignore" });
    running.stderr.on("data", (chunk: Uint8Array) => {
      said = (said + Buffer.from(chunk).toString("utf8")).slice(-2000);
    });
    running.stdout.resume();
    void running.ended.then(({ code }) => {
      ended = code;
    });
    return { pid: running.pid };
  });
  for (let waited = 0; waited < PATIENCE && ended === undefined; waited += LOOK_EVERY) {
    if (await isThere(socket)) return socket;
    await run.host.clock.sleep(LOOK_EVERY, run.signal);
  }
  throw failure("environment", "qemu/tpm", "The TPM did not start", { detail: said.trim() || "swtpm said nothing." });
}

async function isThere(path: string): Promise<boolean> {
  const { access } = await import("node:fs/promises");
  return access(path).then(
    () => true,
    () => false,
  );
}
