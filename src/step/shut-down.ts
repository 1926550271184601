// Ending the machine once it is provisioned.
import { failure } from "../diagnostic/build-error.ts";
import type { Communicator } from "../sdk/communicator.ts";
import type { PrepareContext } from "../sdk/component.ts";
import { type ConfigOf, option } from "../sdk/option.ts";
import type { Run } from "../sdk/run.ts";
import type { RunningMachine } from "./running-machine.ts";

const options = Object.freeze({
  shutdown_command: option.string({
    description: "Command that shuts the machine down when it is done. Without one it is switched off.",
    takesBuildData: true,
    example: "sudo shutdown -P now",
  }),
  shutdown_timeout: option.duration({ description: "How long that may take.", default: "5m" }),
});

type Config = ConfigOf<typeof options>;

/** How a machine is told to shut down, and how long it may take. */
export const shutDownStep = Object.freeze({
  options,
  check(config: Config, context: PrepareContext): void {
    if (!config.shutdown_command && context.communicator?.type !== "none") {
      context.warn(
        "",
        "A shutdown_command was not specified. Without a shutdown command, Packer\nwill forcibly halt the virtual machine, which may result in data loss.",
      );
    }
  },
});

/** Shuts the machine down as the template says; without a command, or a connection to give it, as Packer does. */
export async function shutDown(
  config: Config,
  { machine }: { readonly machine: RunningMachine },
  communicator: Communicator,
  run: Run,
): Promise<void> {
  if (communicator.type === "none") {
    await untilItEnds(config, machine, run);
  } else if (config.shutdown_command) {
    await shutDownGracefully(config, machine, communicator, run);
  } else {
    run.ui.say("Halting the virtual machine...");
  }
  await run.remove(machine);
}

/** A machine that nobody can talk to has to end by itself. */
async function untilItEnds(config: Config, machine: RunningMachine, run: Run): Promise<void> {
  run.ui.say("Waiting for shutdown...");
  if (await endsWithin(config.shutdown_timeout, machine, run)) {
    return;
  }
  throw failure("timeout", "qemu/shutdown", "Failed to shutdown", {
    detail: `Without a communicator nobody tells the machine to shut down: it has to do so by itself.${sayLast(machine)}`,
    hint: "Give it longer with shutdown_timeout, or have it shut down when it is done.",
  });
}

async function shutDownGracefully(
  config: Config,
  machine: RunningMachine,
  communicator: Communicator,
  run: Run,
): Promise<void> {
  run.ui.say("Gracefully halting virtual machine...");
  const told = { status: undefined as number | undefined, words: "" };
  const listen = (chunk: Uint8Array): void => {
    told.words = (told.words + Buffer.from(chunk).toString("utf8")).slice(-2000);
  };
  const command = run.render(config.shutdown_command ?? "");
  // The machine may be gone before the command has an end, so nobody waits for it.
  communicator.exec(command, { stdout: listen, stderr: listen }, AbortSignal.any([run.signal, machine.gone])).then(
    (end) => {
      if (end.end !== "exited" || end.code === 0) {
        return;
      }
      told.status = end.code;
      run.ui.error(`The shutdown command ended with status ${end.code}.`);
    },
    () => {},
  );
  if (await endsWithin(config.shutdown_timeout, machine, run)) {
    return;
  }
  const how = told.status === undefined ? "" : `The shutdown command ended with status ${told.status}. `;
  throw failure("timeout", "qemu/shutdown", "Timeout while waiting for machine to shut down.", {
    detail: `${
      `${how}${told.words.trim() === "" ? "" : `It said:\n${told.words.trim()}`}`.trim() ||
      "The shutdown command said nothing."
    }${sayLast(machine)}`,
    hint: "Try the shutdown_command by hand: it has to switch the machine off, often with sudo.",
  });
}

/** The machine's console often says what it hangs on. */
function sayLast(machine: RunningMachine): string {
  const lines = (machine.words?.() ?? "").split("\n").slice(-MOST_LINES).join("\n");
  return lines === "" ? "" : `\nThe program that runs the machine said last:\n${lines}`;
}

const MOST_LINES = 20;

/** Whether the machine ends within the time; 0 is without limit. */
async function endsWithin(milliseconds: number, machine: RunningMachine, run: Run): Promise<boolean> {
  const limit = milliseconds > 0 ? milliseconds : Number.POSITIVE_INFINITY;
  let isLate = false;
  const late = (): Error => {
    isLate = true;
    return new Error("The machine is still running");
  };
  try {
    const signal = machine.stuck === undefined ? run.signal : AbortSignal.any([run.signal, machine.stuck]);
    await run.host.clock.within(limit, signal, () => machine.ended, late);
    return true;
  } catch (thrown) {
    if (isLate) {
      return false;
    }
    throw thrown;
  }
}
