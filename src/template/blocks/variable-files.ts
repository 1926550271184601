// Files of variables for HCL2 templates: in HCL2, in its JSON syntax, or in YAML.
import { type Diagnostic, hasErrors } from "../../diagnostic/diagnostic.ts";
import type { TextFile } from "../../diagnostic/text-file.ts";
import type { Attribute } from "../../hcl/ast.ts";
import type { Body } from "../../hcl/body.ts";
import { hideAssigned } from "../given-secrets.ts";
import { isDiagnostic, type LoadRequest, readTextFile } from "../loading.ts";
import { type ProblemList, problemList } from "../problem-list.ts";
import { describeRaw, type RawMap } from "../raw-value.ts";
import { explainVariables } from "../written-language.ts";
import { type ConfigFile, readConfigFile } from "./config-files.ts";
import type { VariableBlock } from "./variable.ts";

/** One in YAML, where values are no expressions. */
interface PlainFile {
  readonly path: string;
  readonly text: TextFile;
  readonly root: RawMap;
}

export type VariableFile = ConfigFile | PlainFile;

/** Reads the files that were asked for, in their order; those that cannot be read are told and left out. */
export async function readVarFiles(
  blocks: ReadonlyMap<string, VariableBlock>,
  request: LoadRequest,
  problems: ProblemList,
): Promise<readonly VariableFile[]> {
  const secret = [...blocks.values()].filter(({ sensitive }) => sensitive).map(({ name }) => name);
  const files: VariableFile[] = [];
  for (const path of request.varFiles) {
    const { file, text, diagnostics } = await readVarFile(path, request, blocks);
    problems.add(diagnostics);
    if (text !== undefined && diagnostics.length > 0) {
      hideAssigned(text.text, secret, request.hide);
    }
    if (file !== undefined) {
      files.push(file);
    }
  }
  return files;
}

interface Read {
  readonly file?: VariableFile | undefined;
  readonly text?: TextFile | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

async function readVarFile(
  path: string,
  request: LoadRequest,
  blocks: ReadonlyMap<string, VariableBlock>,
): Promise<Read> {
  if (/\.ya?ml$/i.test(path)) {
    return readPlainFile(path, request);
  }
  if (!/\.(hcl|json)$/.test(path)) {
    const problems = problemList();
    problems.error("variable/file", undefined, `Could not guess format of ${path}`, {
      detail: "A var file must be suffixed with `.hcl` or `.json`, or with `.yaml` or `.yml`.",
    });
    return { diagnostics: problems.all };
  }
  const { config, diagnostics } = await readConfigFile(path, request);
  const language = path.endsWith(".json") ? "JSON" : "HCL2";
  const isTemplate = /"builders"\s*:/.test(config?.text.text ?? "") && !blocks.has("builders");
  const isOdd = hasErrors(diagnostics) || isTemplate;
  const foreign = config && isOdd ? explainVariables(config.text, language, "hcl2") : undefined;
  return {
    file: foreign === undefined ? config : undefined,
    text: config?.text,
    diagnostics: foreign === undefined ? diagnostics : [foreign],
  };
}

async function readPlainFile(path: string, request: LoadRequest): Promise<Read> {
  const text = await readTextFile(path, request, "variable/file");
  if (isDiagnostic(text)) {
    return { diagnostics: [text] };
  }
  const { readYaml } = await import("../legacy-json/yaml-reader.ts");
  const { value, diagnostics } = readYaml(text);
  if (value === undefined || hasErrors(diagnostics)) {
    const foreign = explainVariables(text, "YAML", "hcl2");
    return { text, diagnostics: foreign === undefined ? diagnostics : [foreign] };
  }
  if (value.is === "map") {
    return { file: { path, text, root: value }, text, diagnostics };
  }
  const problems = problemList();
  problems.error(
    "variable/file",
    value.range(),
    `Error reading variables in '${path}': an object is expected, but this is ${describeRaw(value)}`,
    { hint: "write name: value, one a line" },
  );
  return { text, diagnostics: problems.all };
}

/** The blocks of templates, none of which has a place in a file of variables. */
const templateBlocks = ["packer", "source", "build", "variables", "locals", "local", "data"];

/** The values that a file gives; blocks are told. */
export function readAssignments(body: Body): {
  readonly attributes: readonly Attribute[];
  readonly diagnostics: readonly Diagnostic[];
} {
  const problems = problemList();
  const { blocks, remain } = body.partialContent({
    blocks: [{ type: "variable", labels: ["name"] }, ...body.presentBlocks().filter(({ type }) => type !== "variable")],
  });
  for (const { type, typeRange, labels } of blocks) {
    if (type === "variable") {
      problems.error("variable/file", typeRange.toRange(), "Variable declaration in a .pkrvar file", {
        detail:
          "A .pkrvar file is used to assign values to variables that have already been declared in .pkr files, not to declare new variables.",
        hint: `write ${labels[0] ?? "name"} = value`,
      });
    } else {
      const isTemplate = templateBlocks.includes(type);
      problems.error("hcl/unexpected-block", typeRange.toRange(), `Unexpected "${type}" block`, {
        detail: isTemplate
          ? "Blocks belong into a template; a file of variables holds values alone."
          : "Blocks are not allowed here.",
        hint: isTemplate ? "write name = value" : `write ${type} = { … }`,
      });
    }
  }
  const { attributes, diagnostics } = remain.justAttributes();
  problems.add(diagnostics);
  return { attributes: [...attributes.values()], diagnostics: problems.all };
}
