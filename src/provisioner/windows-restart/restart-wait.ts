// Watches a Windows machine go down and come back.
import { BuildError, failure } from "../../diagnostic/build-error.ts";
import { makePowershellCommand, QUIET } from "../../driver/winrm/powershell.ts";
import type { CommandEnd } from "../../sdk/communicator.ts";
import type { ProvisionRun } from "../../sdk/provisioner.ts";

export interface RestartWait {
  readonly run: ProvisionRun;
  /** On the host's clock that only ever grows. */
  readonly deadline: number;
  readonly checkCommand: string | undefined;
  /** Registry keys that must be gone. */
  readonly keys: readonly string[];
}

/** As Packer: between two looks at a machine that is going down, and at one that is coming back. */
const DOWN_PAUSE = 10_000;
const UP_PAUSE = 5_000;

/** Asks for a second restart to learn whether the first is still under way: Windows then says so. */
const PROBE = 'shutdown /r /f /t 60 /c "packer restart test"';
/** Windows's words for it: a shutdown is in progress, has been scheduled, or users are still being logged off. */
const UNDER_WAY = [1115, 1190, 1717];
const CANCEL_PROBE = "shutdown /a";

/** Waits until the machine no longer takes commands, or turns out to be back already. */
export async function waitUntilDown(wait: RestartWait): Promise<void> {
  for (;;) {
    const end = await attempt(wait, PROBE);
    // Without an answer it is down, and any other than "a shutdown is under way" tells nothing that looking again would change.
    if (end === undefined || end.end === "disconnected") {
      return;
    }
    if (end.code === 0) {
      await attempt(wait, CANCEL_PROBE);
    }
    if (!UNDER_WAY.includes(end.code)) {
      return;
    }
    await pause(wait, DOWN_PAUSE);
  }
}

/** Waits until the machine passes every check. */
export async function waitUntilUp(wait: RestartWait): Promise<void> {
  let checked = wait.checkCommand === undefined || wait.checkCommand === "";
  for (;;) {
    await pause(wait, UP_PAUSE);
    checked ||= hasSucceeded(await attempt(wait, wait.checkCommand ?? ""));
    if (checked && (await isBack(wait)) && !(await hasPending(wait))) {
      return;
    }
  }
}

async function isBack(wait: RestartWait): Promise<boolean> {
  const command = makePowershellCommand(`${QUIET}\necho ("{0} restarted." -f [System.Net.Dns]::GetHostName())`);
  const output = await readOutput(wait, command);
  if (output?.includes("restarted.") !== true) {
    return false;
  }
  wait.run.ui.message(output.trim());
  return true;
}

async function hasPending(wait: RestartWait): Promise<boolean> {
  for (const key of wait.keys) {
    const output = await readOutput(wait, makePowershellCommand(`${QUIET}\nTest-Path "${key}"`));
    if (output === undefined) {
      return true;
    }
    if (!output.includes("True")) {
      continue;
    }
    wait.run.ui.message(`Windows is not done yet: ${key} is still there`);
    return true;
  }
  return false;
}

/** Characters of an answer; it is a word or two. */
const LONGEST_ANSWER = 64 * 1024;

/** A command's standard output; `undefined` when it could not be run. */
async function readOutput(wait: RestartWait, command: string): Promise<string | undefined> {
  let said = "";
  const end = await attempt(wait, command, (chunk) => {
    said = (said + Buffer.from(chunk).toString("utf8")).slice(0, LONGEST_ANSWER);
  });
  return end?.end === "exited" ? said : undefined;
}

/** Runs a command on a machine that may not be there; nobody waits for it longer than the whole restart may take. */
async function attempt(
  { run, deadline }: RestartWait,
  command: string,
  stdout?: (chunk: Uint8Array) => void,
): Promise<CommandEnd | undefined> {
  const silent = (): void => {};
  const left = Math.max(1, deadline - run.host.clock.elapsed());
  let isLate = false;
  const late = (): Error => {
    isLate = true;
    return reportTimeout();
  };
  const execute = (): Promise<CommandEnd> =>
    run.execute(run.communicator, command, { stdout: stdout ?? silent, stderr: silent });
  try {
    return await run.host.clock.within(left, run.signal, execute, late);
  } catch (thrown) {
    run.signal.throwIfAborted();
    if (isLate || !(thrown instanceof BuildError)) {
      throw thrown;
    }
    return undefined;
  }
}

function hasSucceeded(end: CommandEnd | undefined): boolean {
  return end?.end === "exited" && end.code === 0;
}

async function pause({ run, deadline }: RestartWait, milliseconds: number): Promise<void> {
  if (run.host.clock.elapsed() + milliseconds > deadline) {
    throw reportTimeout();
  }
  await run.host.clock.sleep(milliseconds, run.signal);
}

function reportTimeout(): BuildError {
  return failure("timeout", "provisioner/restart-timeout", "Timeout waiting for machine to restart.", {
    hint: "Raise restart_timeout: machines that install updates while they restart can take long.",
  });
}
