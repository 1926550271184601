// What the numbers, characters and quoted texts written in a template stand for.
import { floatValue, intValue, type TemplateValue } from "./value.ts";

/** The value of a number, or what is wrong with it. */
export function parseNumber(text: string): { value: TemplateValue } | { wrong: string } {
  if (text.endsWith("i")) {
    return { wrong: "Complex numbers are not supported" };
  }
  const bare = text.replace(/^[+-]/, "");
  const sign = text.startsWith("-") ? -1n : 1n;
  if (!underscoresFit(bare)) {
    return { wrong: `In "${text}" an underscore does not stand between digits` };
  }
  const digits = bare.replaceAll("_", "");
  const whole = wholeNumber(digits);
  if (whole !== undefined) {
    return inRange(sign * whole, text);
  }
  const float = /^0[xX]/.test(digits) ? hexFloat(digits) : decimalFloat(digits);
  if (float === undefined) {
    return { wrong: `"${text}" is not a number` };
  }
  if (!Number.isFinite(float)) {
    return { wrong: `The number ${text} is too large` };
  }
  return { value: floatValue(Number(sign) * float) };
}

function inRange(value: bigint, text: string): { value: TemplateValue } | { wrong: string } {
  if (value !== BigInt.asIntN(64, value)) {
    return { wrong: `The number ${text} does not fit into 64 bits` };
  }
  return { value: intValue(value) };
}

/** Underscores may only stand between digits, or between a base prefix and a digit. */
function underscoresFit(text: string): boolean {
  if (!text.includes("_")) {
    return true;
  }
  const digits = /^0[xXoObB]/.test(text) ? `0${text.slice(2)}` : text;
  return !/(^|[^0-9a-fA-F])_|_($|[^0-9a-fA-F])/.test(digits);
}

function wholeNumber(digits: string): bigint | undefined {
  if (/^0[xX][0-9a-fA-F]+$|^0[bB][01]+$|^0[oO][0-7]+$/.test(digits)) {
    return BigInt(digits.toLowerCase());
  }
  if (/^0[0-7]+$/.test(digits)) {
    return BigInt(`0o${digits.slice(1)}`);
  }
  return /^(0|[1-9][0-9]*)$/.test(digits) ? BigInt(digits) : undefined;
}

function decimalFloat(digits: string): number | undefined {
  const isFloat = /^([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$/.test(digits) && /[.eE]/.test(digits);
  return isFloat ? Number(digits) : undefined;
}

function hexFloat(digits: string): number | undefined {
  const parts = /^0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?[0-9]+)$/.exec(digits);
  const [, before = "", after = "", exponent = ""] = parts ?? [];
  if (parts === null || before + after === "") {
    return undefined;
  }
  return Number(BigInt(`0x${before}${after}`)) * 2 ** (Number(exponent) - 4 * after.length);
}

/** The text inside double quotes, undefined when an escape in it is malformed. */
export function parseString(quoted: string): string | undefined {
  const body = quoted.slice(1, -1);
  if (!body.includes("\\")) {
    return body;
  }
  const bytes: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const unit = readUnit(body, at, '"');
    if (unit === undefined) {
      return undefined;
    }
    bytes.push(unit.bytes);
    at = unit.end;
  }
  return Buffer.concat(bytes).toString("utf8");
}

/** The text inside backquotes: as it stands, but without carriage returns. */
export function parseRawString(quoted: string): string {
  return quoted.slice(1, -1).replaceAll("\r", "");
}

/** The number of the one character inside single quotes, undefined when there is not exactly one. */
export function parseCharacter(quoted: string): number | undefined {
  const body = quoted.slice(1, -1);
  const unit = body === "" ? undefined : readUnit(body, 0, "'");
  return unit?.end === body.length ? unit.point : undefined;
}

interface Unit {
  readonly point: number;
  readonly bytes: Buffer;
  readonly end: number;
}

const escapes: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, "\\": 92 };

/** One character or escape sequence. */
function readUnit(body: string, at: number, quote: string): Unit | undefined {
  if (body[at] !== "\\") {
    const point = body.codePointAt(at) ?? 0;
    return pointUnit(point, at + (point > 0xffff ? 2 : 1));
  }
  const letter = body[at + 1] ?? "";
  const escaped = Object.hasOwn(escapes, letter) ? escapes[letter] : undefined;
  const simple = letter === quote ? letter.charCodeAt(0) : escaped;
  if (simple !== undefined) {
    return pointUnit(simple, at + 2);
  }
  const digits = { x: 2, u: 4, U: 8 }[letter];
  if (digits !== undefined) {
    return readNumberedUnit(body, at + 2, { digits, base: 16, isByte: letter === "x" });
  }
  return /[0-7]/.test(letter) ? readNumberedUnit(body, at + 1, { digits: 3, base: 8, isByte: true }) : undefined;
}

function readNumberedUnit(
  body: string,
  from: number,
  { digits, base, isByte }: { readonly digits: number; readonly base: 8 | 16; readonly isByte: boolean },
): Unit | undefined {
  const text = body.slice(from, from + digits);
  if (text.length < digits || !(base === 16 ? /^[0-9a-fA-F]+$/ : /^[0-7]+$/).test(text)) {
    return undefined;
  }
  const point = Number.parseInt(text, base);
  if (isByte) {
    return point > 255 ? undefined : { point, bytes: Buffer.from([point]), end: from + digits };
  }
  if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) {
    return undefined;
  }
  return pointUnit(point, from + digits);
}

function pointUnit(point: number, end: number): Unit {
  return { point, bytes: Buffer.from(String.fromCodePoint(point), "utf8"), end };
}
