// What is typed on a machine's keyboard while it starts.
import { failure } from "../diagnostic/build-error.ts";
import { parseBootCommand, typeBootCommand } from "../driver/boot-command/boot-command.ts";
import type { Host } from "../host/host.ts";
import type { PrepareContext } from "../sdk/component.ts";
import { parseDuration, writeDuration } from "../sdk/duration.ts";
import { type ConfigOf, option } from "../sdk/option.ts";
import type { Run } from "../sdk/run.ts";
import type { RunningMachine } from "./running-machine.ts";

/** Milliseconds until a VNC server must be ready for keys. */
const VNC_PATIENCE = 120_000;
const DATA = ["HTTPIP", "HTTPPort", "Name", "SSHPublicKey"];

const options = Object.freeze({
  boot_wait: option.duration({
    default: "10s",
    description:
      "How long to wait after the machine was started before the boot command is typed. " +
      "Zero counts as not set: give a negative duration, such as `-1s`, not to wait at all.",
    example: 5_000,
  }),
  boot_command: option.strings({
    description:
      "What to type on the machine's keyboard. The entries are joined without anything between them. " +
      "Special keys stand in angle brackets, such as `<enter>`, `<esc>`, `<f10>` or `<leftCtrl>`; `<leftCtrlOn>` and `<leftCtrlOff>`, " +
      "or `<aOn>` and `<aOff>` for a character, hold a key and release it; `<wait>`, `<wait5>` and `<wait1m30s>` wait. A US keyboard is assumed.",
    renderedLate: true,
    templateData: DATA,
    example: ["<esc><wait>", "auto url=http://{{.HTTPIP}}:{{.HTTPPort}}/preseed.cfg<enter>"],
  }),
  boot_keygroup_interval: option.duration({
    description:
      "How long to wait after each group of keys, where keys are sent in groups. Over VNC they are sent one by one: use `boot_key_interval` there.",
  }),
});

const vncOptions = Object.freeze({
  ...options,
  boot_key_interval: option.duration({
    description:
      "How long to wait after every press and every release of a key. " +
      "Unless it is set and more than zero, it is what the environment variable `PACKER_KEY_INTERVAL` says, and 100 milliseconds without one.",
    example: 10,
  }),
  disable_vnc: option.bool({
    description: "Do not connect to the machine's VNC server. Nothing can be typed then.",
    default: false,
  }),
});

const stepOptions = Object.freeze({
  boot_steps: option.stringLists({
    description: "A boot command in steps: each is a part of the command, and what it does for the log.",
    renderedLate: true,
    templateData: DATA,
    example: [["<esc><wait>", "Leave the menu"]],
  }),
});

type Config = ConfigOf<typeof options>;
type VncConfig = ConfigOf<typeof vncOptions>;
type StepConfig = ConfigOf<typeof stepOptions>;

/** What to type over VNC, and when. */
export const vncBootCommandStep = Object.freeze({
  options: vncOptions,
  check(config: VncConfig, context: PrepareContext): void {
    if (config.disable_vnc && config.boot_command.length > 0) {
      context.problem("boot_command", "A boot command cannot be used when vnc is disabled.", {
        hint: 'Leave out "boot_command" or "disable_vnc".',
      });
    }
    checkCommand("boot_command", config.boot_command.join(""), context);
  },
});

/** The same in parts that are told apart in the log, instead of a boot command. */
export const bootStepsStep = Object.freeze({
  options: stepOptions,
  check(config: StepConfig & Pick<Config, "boot_command">, context: PrepareContext): void {
    if (config.boot_command.length > 0 && config.boot_steps.length > 0) {
      context.problem("boot_steps", "Both boot command and boot steps cannot be used.", {
        hint: "Leave one of the two out.",
      });
    }
    for (const [command = ""] of config.boot_steps) {
      checkCommand("boot_steps", command, context);
    }
    if (config.boot_steps.some(({ length }) => length === 0 || length > 2)) {
      context.problem("boot_steps", "A boot step is a list of a command and a description", {
        hint: 'Such as ["<enter>", "Start"].',
      });
    }
  },
});

function checkCommand(name: string, text: string, context: PrepareContext): void {
  for (const problem of parseBootCommand(text).problems) {
    context.problem(name, problem);
  }
}

/** Milliseconds to wait before typing. As Packer 1.6.6: zero becomes 10 seconds. */
export function readBootWait(config: Pick<Config, "boot_wait">): number {
  return config.boot_wait === 0 ? 10_000 : Math.max(0, config.boot_wait);
}

/** Milliseconds between keys when the template does not say: `PACKER_KEY_INTERVAL`, or 100 when that is no duration. */
function readDefaultKeyInterval(env: Host["env"]): number {
  const given = parseDuration(env["PACKER_KEY_INTERVAL"] ?? "");
  return typeof given === "number" ? Math.max(0, given) : 100;
}

/** Milliseconds after every press and release of a key. As Packer 1.6.6: only more than zero counts as set. */
export function readKeyInterval(config: Pick<VncConfig, "boot_key_interval">, env: Host["env"]): number {
  const { boot_key_interval: interval = 0 } = config;
  return interval > 0 ? interval : readDefaultKeyInterval(env);
}

/** Where the screen is. */
export interface Screen {
  readonly address: string;
  readonly port: number;
  readonly password?: string | undefined;
}

/** The machine that starts, and what the templates of the boot command may use. */
export interface AtBoot {
  readonly machine: RunningMachine;
  readonly screen: Screen | undefined;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A part of what is typed. */
interface Part {
  readonly text: string;
  readonly description?: string | undefined;
}

/** Waits for the machine to start and types what the template says; ends at once when there is no machine any more. */
export async function typeAtBoot(
  config: VncConfig & Partial<StepConfig>,
  { machine, screen, data }: AtBoot,
  run: Run,
): Promise<void> {
  // As Packer: without a screen nothing is typed, so nothing is waited for.
  if (screen === undefined) {
    return;
  }
  const signal = AbortSignal.any([run.signal, machine.gone]);
  const parts = splitParts(config);
  const isTyped = parts.some(({ text }) => text !== "");
  const wait = readBootWait(config);
  if (wait > 0) {
    run.ui.say(`Waiting ${writeDuration(wait)} for boot...`);
    const waited = run.host.clock.sleep(wait, signal);
    // A machine that nobody types on may have done all it is there for.
    await (isTyped ? waited : Promise.race([waited.catch(() => run.signal.throwIfAborted()), machine.ended]));
  }
  if (!isTyped) {
    return;
  }
  const { address, port, password } = screen;
  run.ui.say(`Connecting to VM via VNC (${address}:${port})`);
  const { connectVnc } = await import("../driver/vnc/vnc.ts");
  const target = { host: isReachable(address), port, password };
  const keyboard = await run.host.clock.within(
    VNC_PATIENCE,
    signal,
    (inner) => connectVnc(run.host.network, target, inner),
    () => explainVncSilence(target),
  );
  try {
    run.ui.say("Typing the boot commands over VNC...");
    for (const { text, description } of parts) {
      if (description !== undefined) {
        run.ui.message(`Typing boot command for: ${description}`);
      }
      const pace = { keyInterval: readKeyInterval(config, run.host.env), clock: run.host.clock, signal };
      await typeBootCommand(parseBootCommand(run.render(text, data)).actions, keyboard, pace);
    }
  } finally {
    keyboard.close();
  }
}

function explainVncSilence({ host, port }: { readonly host: string; readonly port: number }): Error {
  return failure(
    "timeout",
    "vnc/closed",
    `The VNC server ${host}:${port} was not ready after ${VNC_PATIENCE / 1000} s`,
    {
      hint: "Something else may listen on that port, or the virtual machine's program may hang.",
    },
  );
}

function splitParts({ boot_command, boot_steps = [] }: Config & Partial<StepConfig>): readonly Part[] {
  if (boot_steps.length === 0) {
    return [{ text: boot_command.join("") }];
  }
  return boot_steps.map(([text = "", description]) => ({ text, description }));
}

/** Where to connect to what listens on every address. */
function isReachable(address: string): string {
  if (address === "" || address === "0.0.0.0") {
    return "127.0.0.1";
  }
  return address === "::" || address === "[::]" ? "::1" : address;
}
