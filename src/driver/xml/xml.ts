// Reads the XML of answers: namespaces, CDATA and character references, nothing that a document type could bring.
// What comes may be meant to be hard to read: time and memory grow with the length of the text, and no faster.

/** An element with its namespace resolved. */
export interface XmlElement {
  readonly namespace: string;
  /** The name without its prefix. */
  readonly name: string;
  /** By local name; WS-Management has no attributes that differ by namespace alone. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** The text directly inside, pieces joined. */
  readonly text: string;
}

/** Why a text is not the XML that was hoped for. */
export interface XmlProblem {
  readonly problem: "not-xml" | "cut-short" | "document-type" | "entity" | "too-deep" | "too-many" | "malformed";
  /** Position in the text. */
  readonly at: number;
}

export const MAX_XML_DEPTH = 64;
/** Of a whole document; an honest answer has some hundreds. */
const MAX_ELEMENTS = 100_000;
/** Of one element, declarations of namespaces among them. */
const MAX_ATTRIBUTES = 256;
const XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace";
const NAMED: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** The root element of a document, or what is wrong with it. Never throws. */
export function readXml(text: string): XmlElement | XmlProblem {
  const reader = new XmlReader(text);
  try {
    return reader.document();
  } catch (thrown) {
    if (thrown instanceof Stop) {
      return { problem: thrown.problem, at: thrown.at };
    }
    throw thrown;
  }
}

/** The first child with this name, whatever its namespace. */
export function findChild(element: XmlElement | undefined, ...path: readonly string[]): XmlElement | undefined {
  let current = element;
  for (const name of path) {
    current = current?.children.find((candidate) => candidate.name === name);
  }
  return current;
}

/** The first element with this name anywhere below. */
export function findDescendant(element: XmlElement | undefined, name: string): XmlElement | undefined {
  for (const candidate of element?.children ?? []) {
    if (candidate.name === name) {
      return candidate;
    }
    const deeper = findDescendant(candidate, name);
    if (deeper !== undefined) {
      return deeper;
    }
  }
  return undefined;
}

/** All text in and below an element, trimmed. */
export function readText(element: XmlElement | undefined): string {
  if (element === undefined) {
    return "";
  }
  return [element.text.trim(), ...element.children.map(readText)].filter((part) => part !== "").join(" ");
}

/** Writes text so that it reads back the same in content and attributes. */
export function escapeXml(text: string): string {
  return text.replace(/[<>&"'\r\n\t]|[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, (character) => {
    const name = Object.keys(NAMED).find((candidate) => NAMED[candidate] === character);
    if (name !== undefined) {
      return `&${name};`;
    }
    return "\r\n\t".includes(character) ? `&#${character.charCodeAt(0)};` : "\uFFFD";
  });
}

class Stop extends Error {
  readonly problem: XmlProblem["problem"];
  readonly at: number;
  constructor(problem: XmlProblem["problem"], at: number) {
    super(problem);
    this.problem = problem;
    this.at = at;
  }
}

/** What an element declares, and what holds beside that. */
interface Prefixes {
  readonly declared: ReadonlyMap<string, string>;
  readonly outer: Prefixes | undefined;
}

interface OpenElement {
  readonly qualified: string;
  readonly prefixes: Prefixes;
  readonly element: {
    namespace: string;
    name: string;
    attributes: Map<string, string>;
    children: XmlElement[];
    text: string;
  };
  readonly text: string[];
}

const ROOT_PREFIXES: Prefixes = { declared: new Map([["xml", XML_NAMESPACE]]), outer: undefined };

/** Looks outwards: no further than elements may be nested. */
function findNamespace(prefixes: Prefixes, prefix: string): string {
  for (let scope: Prefixes | undefined = prefixes; scope !== undefined; scope = scope.outer) {
    const namespace = scope.declared.get(prefix);
    if (namespace !== undefined) {
      return namespace;
    }
  }
  return "";
}

class XmlReader {
  readonly #source: string;
  readonly #open: OpenElement[] = [];
  #at = 0;
  #elements = 0;

  constructor(source: string) {
    this.#source = source;
  }

  document(): XmlElement {
    if (this.#source.startsWith("\uFEFF")) {
      this.#at = 1;
    }
    this.#skipSpace();
    if (this.#at >= this.#source.length) {
      throw new Stop("cut-short", this.#at);
    }
    if (this.#source[this.#at] !== "<") {
      throw new Stop("not-xml", this.#at);
    }
    for (;;) {
      const root = this.#next();
      if (root !== undefined) {
        return root;
      }
    }
  }

  /** Takes one piece of markup or text; gives the root when it has just been closed. */
  #next(): XmlElement | undefined {
    if (this.#source[this.#at] !== "<") {
      return this.#takeText();
    }
    if (this.#source.startsWith("<?", this.#at)) {
      return this.#skipPast("?>");
    }
    if (this.#source.startsWith("<!--", this.#at)) {
      return this.#skipPast("-->");
    }
    if (this.#source.startsWith("<![CDATA[", this.#at)) {
      return this.#takeCdata();
    }
    if (this.#source.startsWith("<!", this.#at)) {
      throw new Stop(
        /^<!doctype html/i.test(this.#source.slice(this.#at, this.#at + 15)) ? "not-xml" : "document-type",
        this.#at,
      );
    }
    return this.#source[this.#at + 1] === "/" ? this.#takeEndTag() : this.#takeStartTag();
  }

  #takeText(): undefined {
    const end = this.#find("<");
    const top = this.#open.at(-1);
    if (top === undefined) {
      if (this.#source.slice(this.#at, end).trim() !== "") {
        throw new Stop("malformed", this.#at);
      }
    } else {
      top.text.push(decodeReferences(this.#source.slice(this.#at, end), this.#at));
    }
    this.#at = end;
    return undefined;
  }

  #takeCdata(): undefined {
    const start = this.#at + 9;
    const end = this.#source.indexOf("]]>", start);
    if (end < 0) {
      throw new Stop("cut-short", this.#source.length);
    }
    const top = this.#open.at(-1);
    if (top === undefined) {
      throw new Stop("malformed", this.#at);
    }
    top.text.push(this.#source.slice(start, end));
    this.#at = end + 3;
    return undefined;
  }

  #takeStartTag(): XmlElement | undefined {
    const start = this.#at;
    this.#at += 1;
    const qualified = this.#takeName();
    const written = this.#takeAttributes();
    const empty = this.#source[this.#at] === "/";
    if (empty) {
      this.#at += 1;
    }
    this.#expect(">");
    if (this.#open.length >= MAX_XML_DEPTH) {
      throw new Stop("too-deep", start);
    }
    this.#elements += 1;
    if (this.#elements > MAX_ELEMENTS) {
      throw new Stop("too-many", start);
    }
    this.#open.push(this.#openElement(qualified, written, start));
    return empty ? this.#close() : undefined;
  }

  #takeAttributes(): Map<string, string> {
    const attributes = new Map<string, string>();
    for (;;) {
      this.#skipSpace();
      const next = this.#source[this.#at];
      if (next === ">" || next === "/") {
        return attributes;
      }
      const start = this.#at;
      const name = this.#takeName();
      this.#skipSpace();
      this.#expect("=");
      this.#skipSpace();
      const quote = this.#source[this.#at];
      if (quote !== '"' && quote !== "'") {
        throw this.#stop("malformed");
      }
      this.#at += 1;
      const end = this.#find(quote);
      if (attributes.has(name)) {
        throw new Stop("malformed", start);
      }
      if (attributes.size === MAX_ATTRIBUTES) {
        throw new Stop("too-many", start);
      }
      attributes.set(name, decodeReferences(this.#source.slice(this.#at, end), this.#at));
      this.#at = end + 1;
    }
  }

  #openElement(qualified: string, written: ReadonlyMap<string, string>, at: number): OpenElement {
    const outer = this.#open.at(-1)?.prefixes ?? ROOT_PREFIXES;
    const declared = new Map<string, string>();
    const attributes = new Map<string, string>();
    for (const [attribute, value] of written) {
      if (attribute === "xmlns" || attribute.startsWith("xmlns:")) {
        declared.set(attribute.slice(6), value);
      } else if (!attribute.startsWith("xmlns")) {
        attributes.set(splitName(attribute)[1], value);
      }
    }
    const prefixes = declared.size === 0 ? outer : { declared, outer };
    const [prefix, name] = splitName(qualified);
    const namespace = findNamespace(prefixes, prefix);
    if (prefix !== "" && namespace === "") {
      throw new Stop("malformed", at);
    }
    return { qualified, prefixes, element: { namespace, name, attributes, children: [], text: "" }, text: [] };
  }

  #takeEndTag(): XmlElement | undefined {
    const start = this.#at;
    this.#at += 2;
    const name = this.#takeName();
    this.#skipSpace();
    this.#expect(">");
    if (this.#open.at(-1)?.qualified !== name) {
      throw new Stop("malformed", start);
    }
    return this.#close();
  }

  #close(): XmlElement | undefined {
    const done = this.#open.pop();
    if (done === undefined) {
      throw this.#stop("malformed");
    }
    done.element.text = done.text.join("");
    const parent = this.#open.at(-1);
    if (parent === undefined) {
      return done.element;
    }
    parent.element.children.push(done.element);
    return undefined;
  }

  #takeName(): string {
    const pattern = /[^\s/>=<"'&]+/y;
    pattern.lastIndex = this.#at;
    const name = pattern.exec(this.#source)?.[0];
    if (name === undefined) {
      throw this.#stop("malformed");
    }
    this.#at += name.length;
    return name;
  }

  #skipSpace(): void {
    const pattern = /\s*/y;
    pattern.lastIndex = this.#at;
    this.#at += pattern.exec(this.#source)?.[0].length ?? 0;
  }

  #skipPast(mark: string): undefined {
    this.#at = this.#find(mark) + mark.length;
    return undefined;
  }

  #expect(character: string): void {
    if (this.#source[this.#at] !== character) {
      throw this.#stop("malformed");
    }
    this.#at += 1;
  }

  #find(mark: string): number {
    const found = this.#source.indexOf(mark, this.#at);
    if (found < 0) {
      throw new Stop("cut-short", this.#source.length);
    }
    return found;
  }

  #stop(problem: XmlProblem["problem"]): Stop {
    return new Stop(this.#at >= this.#source.length ? "cut-short" : problem, this.#at);
  }
}

function splitName(qualified: string): [prefix: string, name: string] {
  const colon = qualified.indexOf(":");
  return colon < 0 ? ["", qualified] : [qualified.slice(0, colon), qualified.slice(colon + 1)];
}

function decodeReferences(text: string, at: number): string {
  if (!text.includes("&")) {
    return text;
  }
  return text.replace(
    /&(#x[0-9a-f]{1,6}|#[0-9]{1,7}|[^;&\s]{0,32})(;?)/gi,
    (_, reference: string, end: string, offset: number) => {
      const decoded = end === "" ? undefined : decodeReference(reference);
      if (decoded === undefined) {
        throw new Stop("entity", at + offset);
      }
      return decoded;
    },
  );
}

function decodeReference(reference: string): string | undefined {
  if (!reference.startsWith("#")) {
    return Object.hasOwn(NAMED, reference) ? NAMED[reference] : undefined;
  }
  const hexadecimal = reference[1] === "x" || reference[1] === "X";
  const code = Number.parseInt(reference.slice(hexadecimal ? 2 : 1), hexadecimal ? 16 : 10);
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}
