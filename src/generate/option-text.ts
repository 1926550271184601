// Options in words: types, defaults and what else a reader wants to know of one.
import { writeDuration } from "../sdk/duration.ts";
import type { Option, OptionType } from "../sdk/option.ts";

/** `string`, `list of strings`, `map of string to string`, … */
export function writeType(type: OptionType): string {
  switch (type.is) {
    case "list":
    case "set":
      return `${type.is} of ${makePlural(writeType(type.of))}`;
    case "map":
      return `map of string to ${writeType(type.of)}`;
    case "block":
      return `${type.many ? "blocks" : "block"}${writeLabels(type.labels)}`;
    case "fraction":
      return "number, also with a fraction";
    case "any":
      return "any value";
    default:
      return type.is;
  }
}

function writeLabels(labels: readonly string[] | undefined): string {
  return labels === undefined ? "" : `, labelled with its ${labels.join(" and ")}`;
}

function makePlural(name: string): string {
  const [first = "", ...rest] = name.split(" ");
  return [/s$|y$/.test(first) ? first : `${first}s`, ...rest].join(" ");
}

/** The default as it would be written; `undefined` when there is none worth telling. */
export function writeDefault({ default: value }: Option): string | undefined {
  if (value === undefined || value === "" || (Array.isArray(value) && value.length === 0)) {
    return undefined;
  }
  if (typeof value === "object" && value !== null && Object.keys(value).length === 0) {
    return undefined;
  }
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The description with everything else that the data say, as sentences of Markdown. */
export function writeDescription(option: Option): string {
  const { description, oneOf, min, max, sensitive, deprecated, conflicts, templateData, example } = option;
  const default_ = writeDefault(option);
  const sentences = [description];
  if (oneOf !== undefined) {
    sentences.push(`One of ${oneOf.map((value) => `\`${value}\``).join(", ")}.`);
  }
  if (min !== undefined && max !== undefined) {
    sentences.push(`From ${min} to ${max}.`);
  } else if (min !== undefined) {
    sentences.push(`At least ${min}.`);
  } else if (max !== undefined) {
    sentences.push(`At most ${max}.`);
  }
  if (default_ !== undefined) {
    sentences.push(`Default: ${writeCode(default_)}.`);
  }
  if (conflicts !== undefined && conflicts.length > 0) {
    sentences.push(`Not together with ${conflicts.map((name) => `\`${name}\``).join(", ")}.`);
  }
  if (templateData !== undefined && templateData.length > 0) {
    sentences.push(`Its template may use ${templateData.map((name) => writeCode(`{{ .${name} }}`)).join(", ")}.`);
  }
  if (sensitive) {
    sentences.push("Hidden in all output.");
  }
  if (deprecated !== undefined) {
    sentences.push(`**Deprecated:** ${deprecated}`);
  }
  if (example !== undefined) {
    sentences.push(`Example: ${writeCode(writeExample(option.type, example))}.`);
  }
  return sentences.filter((sentence) => sentence !== "").join(" ");
}

/** As a template writes it; components read durations as milliseconds. */
function writeExample({ is }: OptionType, example: unknown): string {
  if (is === "duration" && typeof example === "number") {
    return writeDuration(example);
  }
  return typeof example === "string" ? example : JSON.stringify(example);
}

/** Code within a line, whatever backticks and line ends are in it. */
export function writeCode(text: string): string {
  const flat = text.replaceAll("\n", "\\n");
  const longest = Math.max(0, ...[...flat.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return longest === 0 ? `\`${flat}\`` : `${fence} ${flat} ${fence}`;
}

/** A table of Markdown; bars in cells are kept from ending them. */
export function writeTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
