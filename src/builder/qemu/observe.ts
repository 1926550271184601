// What can be seen of a machine from outside, for those who wait for it to answer.
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { BuildRun } from "../../sdk/builder.ts";
import type { Observation } from "../../sdk/communicator-kind.ts";
import { writeDuration } from "../../sdk/duration.ts";
import type { Served } from "../../step/http-server.ts";
import type { Disk, QemuConfig } from "./facts.ts";
import { watchScreen } from "./screen.ts";
import type { StartedMachine } from "./start.ts";
import type { MachineWatch } from "./watch.ts";

/** What is looked at. */
export interface Observed {
  readonly started: StartedMachine;
  readonly watch: MachineWatch;
  readonly disk: Disk | undefined;
  /** Where QEMU can write pictures of the screen; `undefined` when it cannot be asked for them. */
  readonly folder: string | undefined;
  requests(): ReturnType<Served["requests"]>;
}

/** Looks at it each time anew: a sentence for each thing that is known. */
export function observeMachine(
  config: QemuConfig,
  { started, watch, disk, folder, requests }: Observed,
  run: BuildRun,
): () => Promise<Observation> {
  const since = sizeOnDisk(disk, run);
  const lookAtScreen = watchScreen(watch, folder, run);
  return async () => {
    const grown = (await sizeOnDisk(disk, run)) - (await since);
    const restarts = watch.restarts();
    const state = watch.state();
    const { fact, text } = await lookAtScreen();
    const facts = [
      ...(state === undefined ? [] : [`${state}.`]),
      ...describeRequests(config, requests(), run),
      ...(grown > 0
        ? [`Its disk has grown by ${Math.ceil(grown / 2 ** 20)} MiB.`]
        : ["It has written nothing to its disk."]),
      ...(fact === undefined ? [] : [fact]),
      ...(restarts === 0 ? [] : [`It has restarted ${restarts === 1 ? "once" : `${restarts} times`}.`]),
      started.accelerator === "tcg"
        ? "It runs without KVM, so everything takes many times as long."
        : `Its instructions are run by ${started.accelerator}.`,
    ];
    const shown = text.length === 0 ? [] : [`Its screen shows:\n${text.join("\n")}`];
    const words = [...shown, ...lastWords(started)];
    return { facts, words: words.length === 0 ? undefined : words.join("\n") };
  };
}

/** What QEMU, or the machine's console in its place, said last. */
function lastWords({ machine }: StartedMachine): readonly string[] {
  const lines = machine.words().split("\n").slice(-MOST_LINES);
  return lines.join("") === "" ? [] : [`QEMU said last:\n${lines.join("\n")}`];
}

const MOST_LINES = 12;

async function sizeOnDisk(disk: Disk | undefined, run: BuildRun): Promise<number> {
  const found = disk && (await stat(resolve(run.host.cwd, disk.path)).catch(() => undefined));
  return (found?.blocks ?? 0) * 512;
}

function describeRequests(
  config: QemuConfig,
  requests: ReturnType<Served["requests"]>,
  { host }: BuildRun,
): readonly string[] {
  if (requests === undefined) {
    return [];
  }
  const { last, missing } = requests;
  if (last === undefined) {
    const isTyped = config.boot_command.length + config.boot_steps.length > 0;
    const why = isTyped ? " The boot command may not have reached the installer." : "";
    return [`It has asked the HTTP server for nothing.${why}`];
  }
  const ago = writeDuration(Math.floor((host.clock.now() - last.at) / 1000) * 1000);
  const some = missing.slice(0, MOST_PATHS).join(", ");
  const more = missing.length > MOST_PATHS ? ` and ${missing.length - MOST_PATHS} more` : "";
  return [
    `It last asked the HTTP server ${ago} ago, for ${last.path}: ${last.status}.`,
    ...(missing.length === 0 ? [] : [`It did not get ${some}${more}.`]),
  ];
}

const MOST_PATHS = 5;
