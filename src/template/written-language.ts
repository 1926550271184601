// Which language a text is written in, told by its content: for files whose names say something else.
import { basename, dirname, join } from "node:path";
import type { Diagnostic, SourceRange } from "../diagnostic/diagnostic.ts";
import { makeRange, type TextFile } from "../diagnostic/text-file.ts";

/** What a text looks like. */
export type WrittenAs =
  | "an HCL2 template"
  | "HCL2 variables"
  | "a JSON template"
  | "an HCL2 template in JSON syntax"
  | "JSON"
  | "a YAML template"
  | "a page of HTML or XML";

/** More of a file tells no more. */
const LOOKED_AT = 64 * 1024;

/** `undefined` when it looks like nothing in particular. */
export function guessWritten(whole: string): WrittenAs | undefined {
  const text = whole.slice(0, LOOKED_AT).replace(/^\ufeff/, "");
  const start = text.replace(/^(\s|#.*|\/\/.*|\/\*[\s\S]*?\*\/)+/, "");
  if (/^<(!doctype|\?xml|html|svg|head|body|!--)/i.test(start)) {
    return "a page of HTML or XML";
  }
  if (/^[{[]/.test(start)) {
    return guessJson(text);
  }
  if (/^\s*(packer|source|build|variable|variables|local|locals|data)\b(\s+"[^"\n]*"){0,2}\s*\{/m.test(text)) {
    return "an HCL2 template";
  }
  if (/^[\p{ID_Start}_][\p{ID_Continue}-]*\s*=(?!=)/u.test(start)) {
    return "HCL2 variables";
  }
  return /^(builders|provisioners|post-processors|variables)[ \t]*:/m.test(text) ? "a YAML template" : undefined;
}

/** By the keys of the root where it can be read, else by keys that nothing else has. */
function guessJson(text: string): WrittenAs {
  const keys = rootKeys(text);
  const has = (key: string): boolean => keys?.includes(key) ?? new RegExp(`"${key}"\\s*:`).test(text);
  if (has("builders")) {
    return "a JSON template";
  }
  return has("build") || has("source") ? "an HCL2 template in JSON syntax" : "JSON";
}

function rootKeys(text: string): readonly string[] | undefined {
  try {
    const root: unknown = JSON.parse(text);
    return typeof root === "object" && root !== null && !Array.isArray(root) ? Object.keys(root) : undefined;
  } catch {
    return undefined;
  }
}

/** How a text is read, and why. */
export type ReadAs = "a JSON template" | "a YAML template" | "an HCL2 template" | "an HCL2 template in JSON syntax";

const ENDINGS: Readonly<Partial<Record<WrittenAs, string>>> = {
  "an HCL2 template": ".pkr.hcl",
  "an HCL2 template in JSON syntax": ".pkr.json",
  "a JSON template": ".json",
  "a YAML template": ".yaml",
};

/** One message instead of many about a text that was meant to be read as something else. */
export function explainWritten(file: TextFile, readAs: ReadAs): Diagnostic | undefined {
  const written = guessWritten(file.text);
  const isFine =
    written === undefined ||
    written === readAs ||
    // Broken JSON of either kind is told best by who reads JSON.
    (written === "JSON" && readAs !== "an HCL2 template" && readAs !== "a YAML template") ||
    // YAML takes JSON as well.
    (written === "a JSON template" && readAs === "a YAML template");
  if (isFine) {
    return undefined;
  }
  return {
    code: "template/language",
    severity: "error",
    summary: `This looks like ${written}, but is read as ${readAs}`,
    detail:
      file.filename === "<stdin>"
        ? "Standard input is read as JSON unless something else is asked for."
        : "The ending of its name decides: .pkr.hcl and .pkr.json are HCL2, .yaml and .yml are YAML, all else is JSON.",
    hint: suggestLanguage(file.filename, written),
    subject: takeBeginning(file),
  };
}

/** The first word. */
function takeBeginning(file: TextFile): SourceRange {
  const found = /[^\s\ufeff]{1,40}/.exec(file.text);
  const start = found?.index ?? 0;
  return makeRange(file, start, start + (found?.[0].length ?? 0));
}

function suggestLanguage(filename: string, written: WrittenAs): string {
  switch (written) {
    case "HCL2 variables":
      return "give files of variables with -var-file, beside a template";
    case "a page of HTML or XML":
      return "this is most likely a web page about the file; download the file itself";
    default:
  }
  const ending = ENDINGS[written];
  if (filename === "<stdin>") {
    return written.startsWith("an HCL2") ? "say so with -config-type=hcl2" : "give a file instead";
  }
  if (ending === undefined) {
    return "files in JSON end in .json, or in .pkr.json when they hold HCL2";
  }
  return `name it ${changeEnding(filename, ending)}`;
}

/** The name with the ending that its content asks for. */
function changeEnding(filename: string, ending: string): string {
  const stem = basename(filename).replace(/(\.pkr(vars)?)?(\.(hcl|json|ya?ml|txt|pkr|tf|packer))*$/i, "");
  return join(dirname(filename), `${stem}${ending}`);
}

/** The languages that files of variables come in, which depends on that of the template. */
export type VariablesReadAs = "JSON" | "YAML" | "HCL2";

/** One message about a file of variables that is a template, or is written in another language than it is read in. */
export function explainVariables(
  file: TextFile,
  readAs: VariablesReadAs,
  template: "json" | "hcl2",
): Diagnostic | undefined {
  const written = guessWritten(file.text);
  const common = { code: "variable/file", severity: "error", subject: takeBeginning(file) } as const;
  const example = readAs === "HCL2" ? 'name = "value"' : '{ "name": "value" }';
  if (written?.includes("template") === true) {
    return {
      ...common,
      summary: "This is a template, not a file of variables",
      detail: `It looks like ${written}.`,
      hint: `a file of variables holds values alone, such as ${readAs === "YAML" ? "name: value" : example}`,
    };
  }
  if (written === "HCL2 variables" && readAs !== "HCL2") {
    return {
      ...common,
      summary: `This file of variables looks like HCL2, but is read as ${readAs}`,
      hint:
        template === "hcl2"
          ? `name it ${changeEnding(file.filename, ".pkrvars.hcl")}`
          : `a template in JSON or YAML takes its variables in these languages too: write ${example}`,
    };
  }
  if (written === "JSON" && readAs === "HCL2") {
    return {
      ...common,
      summary: "This file of variables looks like JSON, but is read as HCL2",
      hint: `name it ${changeEnding(file.filename, ".pkrvars.json")}`,
    };
  }
  return undefined;
}
