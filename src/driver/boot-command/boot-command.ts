// Boot commands: text with keys, waits and held keys in angle brackets, read and then typed (https://developer.hashicorp.com/packer/docs/builders/qemu#boot-configuration).
import type { Clock } from "../../host/host.ts";
import { SHIFT, specialKeys } from "./special-keys.ts";
import { waitLength, waitToken } from "./wait-token.ts";

/** What happens to a key: pressed and released, only pressed, or only released. */
export type KeyStroke = "press" | "on" | "off";

/** One thing to do. Keys are X11 keysyms; a shifted one has the left shift key around it. */
export type BootAction =
  | { readonly do: "wait"; readonly milliseconds: number }
  | { readonly do: KeyStroke; readonly keysym: number; readonly shifted: boolean };

/** A boot command, with what is wrong with it. Text that is no token stands for itself, so that only waits can be wrong. */
export interface BootCommand {
  readonly actions: readonly BootAction[];
  readonly problems: readonly string[];
}

/** `<aOn>`, `<aOff>`: any one character. */
const characterToken = /<(.)(on|off)>/isuy;
/** `<enter>`, `<leftShiftOn>`, `<leftShiftOff>`. */
const keyToken = /<([a-z0-9]+)>/iy;

/** Takes a text apart into what is to be typed. */
export function parseBootCommand(text: string): BootCommand {
  const actions: BootAction[] = [];
  const problems: string[] = [];
  for (let at = 0; at < text.length; ) {
    const { length, read } = readToken(text, at);
    if ("problem" in read) {
      problems.push(read.problem);
    } else {
      actions.push(read);
    }
    at += length;
  }
  return { actions, problems };
}

interface Problem {
  readonly problem: string;
}

interface Token {
  readonly length: number;
  readonly read: BootAction | Problem;
}

/** What does not look like a token, or is a name that no key has, is one character of text. */
function readToken(text: string, at: number): Token {
  const wait = matchAt(waitToken, text, at);
  if (wait !== null) {
    return { length: wait[0].length, read: waitAction(wait[0], wait[1]) };
  }
  const character = matchAt(characterToken, text, at);
  if (character !== null) {
    return {
      length: character[0].length,
      read: findCharacterAction(character[1] ?? "", chooseStroke(character[2] ?? "")),
    };
  }
  const named = matchAt(keyToken, text, at);
  const key = findKeyAction((named?.[1] ?? "").toLowerCase());
  if (named !== null && key !== undefined) {
    return { length: named[0].length, read: key };
  }
  const plain = String.fromCodePoint(text.codePointAt(at) ?? 0);
  return { length: plain.length, read: findCharacterAction(plain, "press") };
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function chooseStroke(text: string): KeyStroke {
  return text.toLowerCase() === "on" ? "on" : "off";
}

/** As Packer 1.6.6: every upper-case letter of Unicode counts as shifted. */
function findCharacterAction(character: string, stroke: KeyStroke): BootAction {
  const shifted = /^(?:\p{Lu}|[~!@#$%^&*()_+{}|:"<>?])$/u.test(character);
  return { do: stroke, keysym: character.codePointAt(0) ?? 0, shifted };
}

/** `undefined` when no key has that name. A name may end in `on` itself, as `leftoption` does. */
function findKeyAction(name: string): BootAction | undefined {
  const whole = specialKeys.get(name);
  if (whole !== undefined) {
    return { do: "press", keysym: whole, shifted: false };
  }
  const [, held = "", stroke = ""] = /^(.+?)(on|off)$/.exec(name) ?? [];
  const keysym = specialKeys.get(held);
  return keysym === undefined ? undefined : { do: chooseStroke(stroke), keysym, shifted: false };
}

function waitAction(token: string, span: string | undefined): BootAction | Problem {
  const length = waitLength(token, span);
  return typeof length === "number" ? { do: "wait", milliseconds: length } : length;
}

/** What keys are typed on. Keys are X11 keysyms. */
export interface Keyboard {
  key(keysym: number, down: boolean): Promise<void>;
}

/** How fast to type, and until when. */
export interface TypingPace {
  /** Milliseconds after every press and every release of a key. */
  readonly keyInterval: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Does all actions in order. Keys that are held at the end stay held: releasing them is the command's business.
 * When it ends early, by the signal or by the keyboard, whatever is held is released.
 */
export async function typeBootCommand(
  actions: readonly BootAction[],
  keyboard: Keyboard,
  pace: TypingPace,
): Promise<void> {
  const { clock, signal, keyInterval } = pace;
  const held = new Set<number>();
  const stopped = watchAbort(signal);
  try {
    for (const action of actions) {
      signal.throwIfAborted();
      if (action.do === "wait") {
        await clock.sleep(action.milliseconds, signal);
        continue;
      }
      for (const [keysym, down] of listEvents(action)) {
        if (down) {
          held.add(keysym);
        } else {
          held.delete(keysym);
        }
        await Promise.race([keyboard.key(keysym, down), stopped.promise]);
        if (keyInterval > 0) {
          await clock.sleep(keyInterval, signal);
        }
      }
    }
  } catch (thrown) {
    // Nobody waits for it: a keyboard that takes no keys any more must not hold up the end.
    for (const keysym of [...held].reverse()) {
      keyboard.key(keysym, false).catch(() => {});
    }
    throw thrown;
  } finally {
    stopped.forget();
  }
}

/** Rejects with the signal's reason once it is aborted, until it is forgotten. */
function watchAbort(signal: AbortSignal): { readonly promise: Promise<never>; forget(): void } {
  let stop = (): void => {};
  const promise = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
  });
  promise.catch(() => {});
  signal.addEventListener("abort", stop, { once: true });
  return { promise, forget: () => signal.removeEventListener("abort", stop) };
}

/** The keysyms that one action presses and releases, in order. */
function listEvents(
  action: Exclude<BootAction, { do: "wait" }>,
): readonly (readonly [keysym: number, down: boolean])[] {
  const { do: stroke, keysym, shifted } = action;
  const shift = shifted ? [SHIFT] : [];
  const down = stroke === "off" ? [] : [...shift, keysym].map((key) => [key, true] as const);
  if (stroke === "on") {
    return down;
  }
  // As Packer 1.6.6: shift goes up last after a press, but first when a held character is released.
  const released = stroke === "off" ? [...shift, keysym] : [keysym, ...shift];
  return [...down, ...released.map((key) => [key, false] as const)];
}
