// Opens the connection that the template chose, in Packer's words.

import type { Communicator } from "../sdk/communicator.ts";
import type { CommunicatorKind, ConnectTarget } from "../sdk/communicator-kind.ts";
import { writeDuration } from "../sdk/duration.ts";
import type { Run } from "../sdk/run.ts";
import type { PlannedCommunicator } from "../template/plan.ts";
import { throwIfCancelled } from "./cancel.ts";
import { addPlace } from "./failures.ts";

type Config = Readonly<Record<string, unknown>>;

/** Connects; with `pause_before_connecting` first once in vain, for machines that are not done yet when they first answer. */
export async function connect(
  planned: PlannedCommunicator,
  config: Config,
  target: ConnectTarget,
  ownRun: Run,
): Promise<Communicator> {
  const { component, pauseBeforeConnecting } = planned;
  const hopeless = await watchForHopelessness(planned.component, config, target, ownRun);
  const run = hopeless === undefined ? ownRun : runWhileThere(ownRun, hopeless);
  const open = (): Promise<Communicator> => component.connect(config, target, run);
  try {
    if (component.connects === false) {
      return await open();
    }
    await announce(component, config, target, run);
    if (pauseBeforeConnecting > 0) {
      const first = await open();
      await first.close();
      run.ui.say(`Pausing ${writeDuration(pauseBeforeConnecting)} before connecting...`);
      await run.host.clock.sleep(pauseBeforeConnecting, run.signal);
    }
    throwIfCancelled(run.signal);
    return await open();
  } catch (thrown) {
    const ended = hopeless?.aborted === true && !ownRun.signal.aborted;
    throw addPlace(ended ? hopeless.reason : thrown, planned, ownRun.signal);
  }
}

/** Aborted once waiting is in vain: there is no machine any more, or its password will never come. Hides the password when it does. */
async function watchForHopelessness(
  kind: CommunicatorKind,
  config: Config,
  { gone, password }: ConnectTarget,
  run: Run,
): Promise<AbortSignal | undefined> {
  if (password === undefined) {
    return gone;
  }
  const passwordless = new AbortController();
  Promise.resolve(password).then(
    (known) => run.hide(known),
    (thrown: unknown) => passwordless.abort(thrown),
  );
  if ((await kind.password?.(config)) !== undefined) {
    return gone;
  }
  return gone === undefined ? passwordless.signal : AbortSignal.any([gone, passwordless.signal]);
}

/** The same run, but over when the machine is. */
function runWhileThere(run: Run, gone: AbortSignal): Run {
  return Object.create(run, { signal: { value: AbortSignal.any([run.signal, gone]), enumerable: true } }) as Run;
}

/** As Packer: only when the address is known already. */
async function announce(kind: CommunicatorKind, config: Config, target: ConnectTarget, run: Run): Promise<void> {
  const host = (await kind.host?.(config)) ?? (await target.host?.().catch(() => undefined));
  if (host !== undefined) {
    run.ui.say(`Using ${kind.type} communicator to connect: ${host}`);
  }
}
