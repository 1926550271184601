// Values of variables from `-var-file`: one object of texts, in JSON or YAML.
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import type { TextFile } from "../../diagnostic/text-file.ts";
import { hideAssigned, hideRaw, hideText } from "../given-secrets.ts";
import { isDiagnostic, type LoadRequest, readTextFile } from "../loading.ts";
import { type ProblemList, problemList } from "../problem-list.ts";
import { describeRaw, type RawValue, showPlain } from "../raw-value.ts";
import { explainVariables } from "../written-language.ts";
import { type JsonResult, readJson } from "./json-reader.ts";

export interface GivenVariables {
  readonly values: ReadonlyMap<string, string>;
  readonly files: readonly TextFile[];
  readonly diagnostics: readonly Diagnostic[];
  /** Hides what the files and flags give these variables, as it stands there and whatever is wrong with it. */
  hide(names: Iterable<string>): void;
}

/** All values from files, then those of `-var`; a later one wins. */
export async function readGivenVariables(request: LoadRequest): Promise<GivenVariables> {
  const problems = problemList();
  const values = new Map<string, string>();
  const files: TextFile[] = [];
  const roots: { readonly file: TextFile; readonly root: RawValue | undefined }[] = [];
  for (const path of request.varFiles) {
    const file = await readTextFile(path, request, "variable/file");
    if (isDiagnostic(file)) {
      problems.add([file]);
      continue;
    }
    files.push(file);
    const { value, diagnostics } = await readByName(path, file);
    roots.push({ file, root: diagnostics.length > 0 ? undefined : value });
    const isTemplate = value?.is === "map" && value.entries.some(({ key }) => key === "builders");
    const foreign =
      diagnostics.length > 0 || isTemplate ? explainVariables(file, isYaml(path) ? "YAML" : "JSON", "json") : undefined;
    problems.add(foreign === undefined ? diagnostics : [foreign]);
    if (value !== undefined && foreign === undefined) {
      collect(value, { filename: file.filename, yaml: isYaml(path) }, values, problems);
    }
  }
  for (const [name, value] of request.vars) {
    values.set(name, value);
  }
  const hide = (names: Iterable<string>): void => {
    for (const name of names) {
      hideText(values.get(name) ?? "", request.hide);
    }
    for (const { file, root } of roots) {
      hideIn(file, root, new Set(names), request.hide);
    }
  };
  return { values, files, diagnostics: problems.all, hide };
}

function hideIn(
  file: TextFile,
  root: RawValue | undefined,
  names: ReadonlySet<string>,
  hide: (secret: string) => void,
): void {
  if (root?.is !== "map") {
    hideAssigned(file.text, names, hide);
  } else {
    for (const { key, value } of root.entries) {
      if (names.has(key)) {
        hideRaw(value, hide);
      }
    }
  }
}

/** Whether a file is read as YAML, by its name. */
export function isYaml(path: string): boolean {
  return /\.ya?ml$/i.test(path);
}

/** Reads a file as YAML or JSON, whichever its name says. */
export async function readByName(path: string, file: TextFile): Promise<JsonResult> {
  if (!isYaml(path)) {
    return readJson(file);
  }
  const { readYaml } = await import("./yaml-reader.ts");
  return readYaml(file);
}

function collect(
  root: RawValue,
  { filename, yaml }: { readonly filename: string; readonly yaml: boolean },
  values: Map<string, string>,
  problems: ProblemList,
): void {
  if (root.is !== "map") {
    problems.error(
      "variable/file",
      root.range(),
      `Error reading variables in '${filename}': an object is expected, but this is ${describeRaw(root)}`,
    );
    return;
  }
  for (const { key, value } of root.entries) {
    if (value.is === "string") {
      values.set(key, value.text);
    }
    // As Packer: null in a file is the empty text.
    else if (value.is === "null") {
      values.set(key, "");
    }
    // YAML has no quotes around most texts, so what looks like a number or a flag is taken as it is written.
    else if (yaml && plainText(value) !== undefined) {
      values.set(key, plainText(value) ?? "");
    } else {
      const plain = plainText(value);
      problems.error(
        "variable/wrong-type",
        value.range(),
        `Error reading variables in '${filename}': "${key}" must be a string, but is ${describeRaw(value)}`,
        {
          hint: plain === undefined ? undefined : `Put it in double quotes: "${plain}".`,
        },
      );
    }
  }
}

/** A number or a flag as it is written. */
function plainText(value: RawValue): string | undefined {
  return value.is === "number" || value.is === "bool" ? showPlain(value) : undefined;
}
