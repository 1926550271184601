// The only way into the log of a step: hides secrets, lets no text be a command, and writes those that are ours.
import { joinLines, writeHarmless, writeRunnerCommand } from "./runner-command.ts";

/** The runner cuts a message here. */
const LONGEST = 4096;

type Properties = Readonly<Record<string, string | number | undefined>>;

export interface RunnerOutputOptions {
  readonly write: (text: string) => void;
  /** Hides secrets in a text for people. */
  readonly hide: (text: string) => string;
}

/** Whole output is looked at, not the parts that it is put together from: what they are does not matter. */
export class RunnerOutput {
  readonly #options: RunnerOutputOptions;
  /** The beginning of a line whose end has not come yet. */
  #rest = "";

  constructor(options: RunnerOutputOptions) {
    this.#options = options;
  }

  /** What the log would show of a text. */
  hide(text: string): string {
    return this.#options.hide(text);
  }

  /** Writes text. A line is written when its end has come: it may come in pieces. */
  text(text: string): void {
    const end = text.lastIndexOf("\n") + 1;
    if (end === 0) {
      this.#rest += text;
      return;
    }
    const whole = this.#rest + text.slice(0, end);
    this.#rest = text.slice(end);
    this.#options.write(writeHarmless(this.hide(whole)));
  }

  /** An annotation or a debug message. Of its properties, the title is text; the others are data. */
  message(name: "error" | "warning" | "notice" | "debug", message: string, { title, ...place }: Properties = {}): void {
    const shown = shorten(writeHarmless(this.hide(message)));
    this.#command(name, shown, {
      title: title === undefined ? undefined : joinLines(this.hide(String(title))),
      ...place,
    });
  }

  group(title: string): void {
    this.#command("group", joinLines(this.hide(title)));
  }

  endGroup(): void {
    this.#command("endgroup", "");
  }

  /** Tells the runner what to hide. */
  mask(secret: string): void {
    this.#command("add-mask", secret);
  }

  #command(name: string, message: string, properties: Properties = {}): void {
    if (this.#rest !== "") {
      this.text("\n");
    }
    this.#options.write(`${writeRunnerCommand(name, message, properties)}\n`);
  }
}

function shorten(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 20)}\n… (shortened)`;
}
