// Opens the connection that the template chose, in Packer's words.

import type { Communicator, ConnectTarget } from "../sdk/communicator.ts";
import { durationText } from "../sdk/duration.ts";
import type { Run } from "../sdk/run.ts";
import type { PlannedCommunicator } from "../template/plan.ts";
import { throwIfCancelled } from "./cancel.ts";
import { located } from "./failures.ts";

/** The kind that stands for having no connection. */
const NONE = "none";

/** Connects; with `pause_before_connecting` first once in vain, for machines that are not done yet when they first answer. */
export async function connect(
  planned: PlannedCommunicator,
  config: Readonly<Record<string, unknown>>,
  target: ConnectTarget,
  ownRun: Run,
): Promise<Communicator> {
  const { component, pauseBeforeConnecting } = planned;
  const run = target.gone === undefined ? ownRun : whileThere(ownRun, target.gone);
  const open = (): Promise<Communicator> => component.connect(config as never, target, run);
  try {
    if (component.type === NONE) return await open();
    await announce(component.type, config, target, run);
    if (pauseBeforeConnecting > 0) {
      const first = await open();
      await first.close();
      run.ui.say(`Pausing ${durationText(pauseBeforeConnecting)} before connecting...`);
      await run.host.clock.sleep(pauseBeforeConnecting, run.signal);
    }
    throwIfCancelled(run.signal);
    return await open();
  } catch (thrown) {
    const ended = target.gone?.aborted === true && !ownRun.signal.aborted;
    throw located(ended ? target.gone.reason : thrown, planned, ownRun.signal);
  }
}

/** The same run, but over when the machine is. */
function whileThere(run: Run, gone: AbortSignal): Run {
  return Object.create(run, { signal: { value: AbortSignal.any([run.signal, gone]), enumerable: true } }) as Run;
}

/** As Packer: only when the address is known already. */
async function announce(type: string, config: Readonly<Record<string, unknown>>, target: ConnectTarget, run: Run): Promise<void> {
  const chosen = config[`${type}_host`];
  const host = typeof chosen === "string" && chosen !== "" ? chosen : await target.host?.().catch(() => undefined);
  if (host !== undefined) run.ui.say(`Using ${type} communicator to connect: ${host}`);
}
