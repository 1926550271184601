// Provisioners must end when their run is cancelled, whatever they are waiting for.
import assert from "node:assert/strict";
import type { Option } from "../../src/sdk/option.ts";
import type { Provisioner } from "../../src/sdk/provisioner.ts";
import { type FakeCommunicator, fakeCommunicator } from "../fakes/communicator.ts";
import { fakeClock, fakeHost, settled } from "../fakes/host.ts";
import { prepareOptions } from "../fakes/prepare.ts";
import { fakeProvisionRun } from "../fakes/run.ts";
import { cancelled } from "../rejects.ts";

type Given = Readonly<Record<string, unknown>>;

/** A configuration that passes the provisioner's checks, made from the examples of its options. */
export async function sampleOptions(provisioner: Provisioner): Promise<Given> {
  const examples = Object.entries(provisioner.options).filter(([, option]) => option.example !== undefined);
  const required = examples.filter(([, option]) => option.required).map(written);
  const tried = [...examples.filter(([, option]) => !option.required).map((each) => [written(each)]), []];
  for (const extra of tried) {
    const given = Object.fromEntries([...required, ...extra]);
    if ((await prepareOptions(provisioner, given)).problems.length === 0) {
      return given;
    }
  }
  return assert.fail(
    `No example of provisioner "${provisioner.type}" makes a valid configuration: give its most common options one`,
  );
}

/** Examples hold durations in milliseconds; users write them as text. */
function written([name, { type, example }]: readonly [string, Option]): readonly [string, unknown] {
  return [name, type.is === "duration" ? `${String(example)}ms` : example];
}

/** Fails unless the provisioner ends, when nothing it could wait for ever happens but the cancelling. */
export async function cancelsEverything(
  provisioner: Provisioner,
  given: Given,
  when: "before" | "while waiting",
): Promise<void> {
  const stop = new AbortController();
  const communicator = unresponsive(fakeCommunicator());
  const never = (): Promise<never> => new Promise(() => {});
  const host = fakeHost({ clock: fakeClock("manual") });
  const processes = {
    start: never,
    run: (_command: unknown, options?: { readonly signal?: AbortSignal | undefined }) => untilAborted(options?.signal),
  };
  const run = fakeProvisionRun({ host: { ...host, processes }, communicator, signal: stop.signal });
  Object.defineProperty(run, "ui", { value: { ...run.ui, ask: never } });

  if (when === "before") {
    stop.abort(cancelled());
  }
  const { config } = await prepareOptions(provisioner, given);
  const ended = provisioner.provision(config, run).then(
    () => "done",
    () => "failed",
  );
  await settled();
  if (when === "before") {
    assert.deepEqual(communicator.commands, [], "no command was sent");
  } else {
    stop.abort(cancelled());
  }
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    // Files of this machine take their own time, but not this long.
    timer = setTimeout(() => resolve("going on"), 5000);
  });
  assert.equal(
    await Promise.race([ended, late]),
    "failed",
    `provisioner "${provisioner.type}" says that it was cancelled`,
  );
  clearTimeout(timer);
  await run.finish();
}

/** A machine that takes everything and answers nothing; only those who pass the signal on get away from it. */
function unresponsive(machine: FakeCommunicator): FakeCommunicator {
  machine.exec = (command, _io, signal) => {
    if (!signal.aborted) {
      machine.commands.push(command);
    }
    return untilAborted(signal);
  };
  machine.upload = (_source, _path, signal) => untilAborted(signal);
  machine.uploadDir = (_from, _to, signal) => untilAborted(signal);
  machine.downloadDir = (_from, _to, signal) => untilAborted(signal);
  machine.download = async function* (_path, signal) {
    yield await untilAborted(signal);
  };
  return machine;
}

function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    if (signal === undefined) {
      return;
    }
    if (signal.aborted) {
      reject(signal.reason);
    } else {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    }
  });
}
