// HCL2 text from plain parts. The formatter gives it its layout.

/** An argument; the value is an expression as it is written. */
export interface WrittenAttribute {
  readonly is: "attribute";
  readonly name: string;
  readonly expression: string;
}

export interface WrittenBlock {
  readonly is: "block";
  readonly type: string;
  readonly labels: readonly string[];
  readonly items: readonly WrittenItem[];
  /** Lines of comment above it. */
  readonly comments?: readonly string[] | undefined;
  /** All of it in one line, for a block of one argument. */
  readonly inline?: boolean | undefined;
}

export type WrittenItem = WrittenAttribute | WrittenBlock;

export function makeAttribute(name: string, expression: string): WrittenAttribute {
  return { is: "attribute", name, expression };
}

export function makeBlock(
  type: string,
  labels: readonly string[],
  items: readonly WrittenItem[],
  comments: readonly string[] = [],
): WrittenBlock {
  return { is: "block", type, labels, items, comments };
}

/** Blocks of a file, with an empty line between them. */
export function writeBlocks(blocks: readonly WrittenBlock[]): string {
  return blocks.map((each) => `${writeLines(each).join("\n")}\n`).join("\n");
}

function writeLines(item: WrittenItem): readonly string[] {
  if (item.is === "attribute") {
    return [`${item.name} = ${item.expression}`];
  }
  const head = [item.type, ...item.labels.map(quoteText)].join(" ");
  const comments = (item.comments ?? []).map(writeComment);
  const [only] = item.items;
  if (item.inline === true && only !== undefined) {
    return [...comments, `${head} { ${writeLines(only).join(" ")} }`];
  }
  const inside = item.items.flatMap((each, i) =>
    needsSpace(item.items[i - 1], each) ? ["", ...writeLines(each)] : writeLines(each),
  );
  return [...comments, `${head} {`, ...inside, "}"];
}

/** Provisioners and other blocks with labels stand apart, settings stand together. */
function needsSpace(before: WrittenItem | undefined, item: WrittenItem): boolean {
  if (before === undefined) {
    return false;
  }
  const apart = (one: WrittenItem): boolean =>
    one.is === "block"
      ? one.labels.length > 0 || one.type === "post-processors"
      : one.name === "description" && item.is === "attribute" && item.name === "sources";
  return apart(before) || apart(item);
}

function writeComment(text: string): string {
  return text === "" ? "" : `# ${text}`;
}

/** A text as a string of HCL2 that means just this text. */
export function quoteText(text: string): string {
  return `"${escapeText(text)}"`;
}

const escapes: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\" };

/** A text as it stands between the quotes of a string. */
export function escapeText(text: string): string {
  return text
    .replace(/["\\\n\r\t]/g, (character) => escapes[character] as string)
    .replace(
      /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
    )
    .replace(/[$%](?=\{)/g, "$&$&");
}

/** Whether a name can stand in HCL2 without quotes. */
export function isIdentifier(name: string): boolean {
  return /^[\p{ID_Start}_][\p{ID_Continue}-]*$/u.test(name);
}

/** A key of an object. */
export function quoteKey(name: string): string {
  // As the first word of an object, `for` would begin an expression.
  return isIdentifier(name) && name !== "for" ? name : quoteText(name);
}
