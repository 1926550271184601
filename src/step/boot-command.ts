// Options for what is typed on a machine's keyboard while it starts, and their checks.
import type { Host } from "../host/host.ts";
import type { PrepareContext } from "../sdk/component.ts";
import { parseDuration } from "../sdk/duration.ts";
import { type ConfigOf, option } from "../sdk/option.ts";

/** What to type, and when. */
export const bootOptions = Object.freeze({
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
    templateData: ["HTTPIP", "HTTPPort", "Name", "SSHPublicKey"],
    example: ["<esc><wait>", "auto url=http://{{.HTTPIP}}:{{.HTTPPort}}/preseed.cfg<enter>"],
  }),
  boot_keygroup_interval: option.duration({
    description:
      "How long to wait after each group of keys, where keys are sent in groups. Over VNC they are sent one by one: use `boot_key_interval` there.",
  }),
});

/** The same for machines whose keyboard is reached over VNC. */
export const vncBootOptions = Object.freeze({
  ...bootOptions,
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

type BootConfig = ConfigOf<typeof bootOptions> & Partial<Pick<ConfigOf<typeof vncBootOptions>, "disable_vnc">>;

/** Reports what the options alone cannot say; what is wrong inside the boot command itself is its parser's to say. */
export function checkBoot(config: BootConfig, context: PrepareContext): void {
  if (config.disable_vnc && config.boot_command.length > 0) {
    context.problem("boot_command", "A boot command cannot be used when vnc is disabled.", {
      hint: 'Leave out "boot_command" or "disable_vnc".',
    });
  }
}

/** Milliseconds to wait before typing. As Packer 1.6.6: zero becomes 10 seconds. */
export function bootWait(config: Pick<BootConfig, "boot_wait">): number {
  return config.boot_wait === 0 ? 10_000 : Math.max(0, config.boot_wait);
}

/** Milliseconds between keys when the template does not say: `PACKER_KEY_INTERVAL`, or 100 when that is no duration. */
export function defaultKeyInterval(env: Host["env"]): number {
  const given = parseDuration(env["PACKER_KEY_INTERVAL"] ?? "");
  return typeof given === "number" ? Math.max(0, given) : 100;
}

/** Milliseconds after every press and release of a key. As Packer 1.6.6: only more than zero counts as set. */
export function keyInterval(config: { readonly boot_key_interval: number | undefined }, env: Host["env"]): number {
  const { boot_key_interval: interval = 0 } = config;
  return interval > 0 ? interval : defaultKeyInterval(env);
}
