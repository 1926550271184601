// What is typed on the machine's keyboard while it starts, through VNC.
import { parseBootCommand, typeBootCommand } from "../../driver/boot-command/boot-command.ts";
import type { Machine } from "../../driver/qemu/machine.ts";
import { connectVnc } from "../../driver/vnc/vnc.ts";
import type { BuildRun } from "../../sdk/builder.ts";
import { durationText } from "../../sdk/duration.ts";
import { bootWait, keyInterval } from "../../step/boot-command.ts";
import type { QemuConfig } from "./facts.ts";

/** Where the screen is. */
export interface Screen {
  readonly address: string;
  readonly port: number;
  readonly password?: string | undefined;
}

/** A part of what is typed. */
interface Part {
  readonly text: string;
  readonly description?: string | undefined;
}

/** Waits for the machine to start and types what the template says; ends at once when there is no machine any more. */
export async function typeAtBoot(
  config: QemuConfig,
  machine: Machine,
  screen: Screen | undefined,
  data: Readonly<Record<string, unknown>>,
  run: BuildRun,
): Promise<void> {
  // As Packer: without a screen nothing is typed, so nothing is waited for.
  if (screen === undefined) {
    return;
  }
  const signal = AbortSignal.any([run.signal, machine.gone]);
  const parts = partsOf(config);
  const isTyped = parts.some(({ text }) => text !== "");
  const wait = bootWait(config);
  if (wait > 0) {
    run.ui.say(`Waiting ${durationText(wait)} for boot...`);
    const waited = run.host.clock.sleep(wait, signal);
    // A machine that nobody types on may have done all it is there for.
    await (isTyped ? waited : Promise.race([waited.catch(() => run.signal.throwIfAborted()), machine.ended]));
  }
  if (!isTyped) {
    return;
  }
  const { address, port, password } = screen;
  run.ui.say(`Connecting to VM via VNC (${address}:${port})`);
  const keyboard = await connectVnc(run.host.network, { host: reachable(address), port, password }, signal);
  try {
    run.ui.say("Typing the boot commands over VNC...");
    for (const { text, description } of parts) {
      if (description !== undefined) {
        run.ui.message(`Typing boot command for: ${description}`);
      }
      const pace = { keyInterval: keyInterval(config, run.host.env), clock: run.host.clock, signal };
      await typeBootCommand(parseBootCommand(run.render(text, data)).actions, keyboard, pace);
    }
  } finally {
    keyboard.close();
  }
}

function partsOf({ boot_command, boot_steps }: QemuConfig): readonly Part[] {
  if (boot_steps.length === 0) {
    return [{ text: boot_command.join("") }];
  }
  return boot_steps.map(([text = "", description]) => ({ text, description }));
}

/** Where to connect to what listens on every address. */
function reachable(address: string): string {
  if (address === "" || address === "0.0.0.0") {
    return "127.0.0.1";
  }
  return address === "::" || address === "[::]" ? "::1" : address;
}
