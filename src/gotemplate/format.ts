// Go's fmt for templates: print, println and printf.
import { type Directive, plainDirective } from "./directive.ts";
import { formatValue } from "./format-value.ts";
import { BoundedText } from "./limits.ts";
import { goTypeName, type TemplateValue, toInt } from "./value.ts";

/** What an action prints. */
export function printValue(value: TemplateValue): string {
  return value === undefined || value === null ? "<no value>" : formatValue(value, plainDirective);
}

/** The values' texts, with a blank between two that are both no strings. */
export function sprint(values: readonly TemplateValue[]): string {
  const text = new BoundedText();
  for (const [i, value] of values.entries()) {
    if (i > 0 && typeof value !== "string" && typeof values[i - 1] !== "string") {
      text.add(" ");
    }
    text.add(formatValue(value, plainDirective));
  }
  return text.toString();
}

/** The values' texts with blanks between, and a line end. */
export function sprintln(values: readonly TemplateValue[]): string {
  const text = new BoundedText();
  for (const [i, value] of values.entries()) {
    text.add((i > 0 ? " " : "") + formatValue(value, plainDirective));
  }
  text.add("\n");
  return text.toString();
}

/** The format with its verbs replaced. Mistakes in it show in the result, as `%!d(string=hi)`. */
export function sprintf(format: string, values: readonly TemplateValue[]): string {
  return new Printf(format, values).run();
}

const largestNumber = 1_000_000;
const flagNames: Readonly<Record<string, "plus" | "minus" | "sharp" | "space" | "zero">> = {
  "+": "plus",
  "-": "minus",
  "#": "sharp",
  " ": "space",
  "0": "zero",
};

class Printf {
  readonly #format: string;
  readonly #values: readonly TemplateValue[];
  readonly #text = new BoundedText();
  #at = 0;
  #next = 0;
  /** An argument was chosen by `[n]`: then nothing is said about arguments that are left over. */
  #reordered = false;
  #indexFits = true;
  #afterIndex = false;

  constructor(format: string, values: readonly TemplateValue[]) {
    this.#format = format;
    this.#values = values;
  }

  run(): string {
    for (;;) {
      const percent = this.#format.indexOf("%", this.#at);
      this.#text.add(this.#format.slice(this.#at, percent < 0 ? undefined : percent));
      if (percent < 0) {
        break;
      }
      this.#at = percent + 1;
      this.#directive();
    }
    if (!this.#reordered && this.#next < this.#values.length) {
      this.#extra();
    }
    return this.#text.toString();
  }

  /** directive = { flag } [ index ] [ width ] [ "." [ index ] precision ] [ index ] verb */
  #directive(): void {
    this.#indexFits = true;
    this.#afterIndex = false;
    const flags = this.#flags();
    this.#index();
    const width = this.#width(flags);
    const precision = this.#precision();
    if (!this.#afterIndex) {
      this.#index();
    }
    const point = this.#format.codePointAt(this.#at);
    const verb = point === undefined ? "" : String.fromCodePoint(point);
    this.#at += verb.length;
    this.#text.add(verb === "" ? "%!(NOVERB)" : this.#verb({ ...plainDirective, ...flags, ...width, precision, verb }));
  }

  #flags(): Partial<Directive> {
    const flags: Partial<Record<"plus" | "minus" | "sharp" | "space" | "zero", boolean>> = {};
    for (;;) {
      const flag = flagNames[this.#format[this.#at] ?? ""];
      if (flag === undefined) {
        return flags;
      }
      flags[flag] = true;
      this.#at++;
    }
  }

  #width(flags: Partial<Directive>): Partial<Directive> {
    if (this.#format[this.#at] === "*") {
      this.#at++;
      const width = this.#numberArgument();
      if (width === undefined) {
        this.#text.add("%!(BADWIDTH)");
      }
      this.#afterIndex = false;
      return width !== undefined && width < 0 ? { width: -width, minus: true } : { width, minus: flags.minus ?? false };
    }
    const width = this.#number();
    if (width !== undefined && this.#afterIndex) {
      this.#indexFits = false;
    }
    return { width };
  }

  #precision(): number | undefined {
    // A point that ends the format is taken for its verb.
    if (this.#format[this.#at] !== "." || this.#at + 1 === this.#format.length) {
      return undefined;
    }
    this.#at++;
    if (this.#afterIndex) {
      this.#indexFits = false;
    }
    this.#index();
    if (this.#format[this.#at] !== "*") {
      return this.#number() ?? 0;
    }
    this.#at++;
    const given = this.#numberArgument();
    this.#afterIndex = false;
    if (given !== undefined && given >= 0) {
      return given;
    }
    this.#text.add("%!(BADPREC)");
    return undefined;
  }

  /** Digits; too large a number swallows the rest of the format, as in Go. */
  #number(): number | undefined {
    const digits = /^[0-9]+/.exec(this.#format.slice(this.#at))?.[0];
    if (digits === undefined) {
      return undefined;
    }
    this.#at += digits.length;
    if (Number(digits.slice(0, -1)) <= largestNumber) {
      return Number(digits);
    }
    this.#at = this.#format.length;
    return undefined;
  }

  /** A width or precision given as an argument. */
  #numberArgument(): number | undefined {
    const value = toInt(this.#values[this.#next]);
    if (this.#next < this.#values.length) {
      this.#next++;
    }
    return value !== undefined && value >= -largestNumber && value <= largestNumber ? Number(value) : undefined;
  }

  /** index = "[" number "]" */
  #index(): void {
    this.#afterIndex = false;
    if (this.#format[this.#at] !== "[") {
      return;
    }
    this.#reordered = true;
    const close = this.#format.indexOf("]", this.#at);
    const inside = close < 0 ? undefined : this.#format.slice(this.#at + 1, close);
    this.#at = close < 0 ? this.#at + 1 : close + 1;
    this.#afterIndex = inside !== undefined && /^[0-9]+$/.test(inside);
    const wanted = this.#afterIndex ? Number(inside) - 1 : -1;
    if (wanted >= 0 && wanted < this.#values.length) {
      this.#next = wanted;
    } else {
      this.#indexFits = false;
    }
  }

  #verb(directive: Directive): string {
    const { verb } = directive;
    if (verb === "%") {
      return "%";
    }
    if (!this.#indexFits) {
      return `%!${verb}(BADINDEX)`;
    }
    if (this.#next >= this.#values.length) {
      return `%!${verb}(MISSING)`;
    }
    const value = this.#values[this.#next++];
    if (verb !== "v") {
      return formatValue(value, directive);
    }
    return formatValue(value, {
      ...directive,
      sharpV: directive.sharp,
      plusV: directive.plus,
      sharp: false,
      plus: false,
    });
  }

  #extra(): void {
    const left = this.#values.slice(this.#next);
    const shown = left.map((value) =>
      value === undefined || value === null ? "<nil>" : `${goTypeName(value)}=${formatValue(value, plainDirective)}`,
    );
    this.#text.add(`%!(EXTRA ${shown.join(", ")})`);
  }
}
