// A map in YAML or JSON, with every value as it was written: `1.10` stays `1.10`.
import { isAlias, isMap, isScalar, type Node, parseDocument, type YAMLError } from "yaml";

interface MapReading {
  readonly map: Readonly<Record<string, string>>;
  /** What is wrong and where, without a word of the text: it may be a secret, and a part of one is not recognised. */
  readonly problem?: string | undefined;
}

/** What to say of the mistakes that values with characters of YAML's own lead to. */
const EXPECTED: Readonly<Record<string, string>> = {
  BAD_SCALAR_START:
    "a value in quotes was expected, because this one begins with a character that YAML keeps for itself",
  BLOCK_AS_IMPLICIT_KEY: "a value in quotes was expected, because there is a colon in this one",
  DUPLICATE_KEY: "a name was expected that was not given before",
  MISSING_CHAR: "the end of a text in quotes, of a list or of a map was expected",
  MULTILINE_IMPLICIT_KEY: "a name with a colon and a value was expected",
  TAB_AS_INDENT: "blanks were expected at the beginning instead of a tab",
};

/** The entries of the map, or what is wrong with the text. */
export function readMap(text: string): MapReading {
  try {
    return readDocument(text);
  } catch {
    return { map: {}, problem: "A name with a plain value was expected on each line." };
  }
}

function readDocument(text: string): MapReading {
  const document = parseDocument(text, { prettyErrors: false, strict: true, uniqueKeys: true, logLevel: "silent" });
  const [error] = document.errors;
  if (error !== undefined) {
    return { map: {}, problem: describeProblem(error, text) };
  }
  const { contents } = document;
  if (!isMap(contents)) {
    return {
      map: {},
      problem: "It has to be a list of names, each with a value behind it and no dash before it: `name: value`.",
    };
  }
  const map = new Map<string, string>();
  for (const { key, value } of contents.items) {
    const line = findLine(text, (key as Node | null)?.range?.[0] ?? 0);
    const name = isScalar(key) ? String(key.source ?? key.value) : "";
    if (name === "") {
      return { map: {}, problem: `Line ${line}: the name of a variable has to be a plain word.` };
    }
    const given = isAlias(value) ? value.resolve(document) : (value as Node | null);
    if (given === null || given === undefined || (isScalar(given) && given.value === null)) {
      return { map: {}, problem: `Line ${line}: the variable has no value. Write "" for an empty one.` };
    }
    map.set(name, writeValue(given));
  }
  return { map: Object.fromEntries(map) };
}

function describeProblem({ code, pos }: YAMLError, text: string): string {
  return `Line ${findLine(text, pos[0])}: ${EXPECTED[code] ?? "a name with a value was expected, such as `name: value`"}.`;
}

function findLine(text: string, offset: number): number {
  return text.slice(0, offset).split(/\r\n|\r|\n/).length;
}

/** Lists and maps as JSON, which HCL2 reads as well. */
function writeValue(value: Node): string {
  if (!isScalar(value)) {
    return JSON.stringify(value.toJSON());
  }
  return typeof value.value === "string" ? value.value : String(value.source ?? value.value);
}
