// The JSON front end, from a file to a Plan. After https://developer.hashicorp.com/packer/docs/templates/legacy_json_templates

import { type Diagnostic, hasErrors } from "../../diagnostic/diagnostic.ts";
import type { SourceFiles } from "../../diagnostic/render.ts";
import type { TextFile } from "../../diagnostic/text-file.ts";
import { compareTexts } from "../../diagnostic/text-order.ts";
import { readHiddenValues } from "../engine/hidden-values.ts";
import type { EngineWorld } from "../engine/scope.ts";
import { findSensitiveNames, hideAssigned } from "../given-secrets.ts";
import type { LegacyInspection } from "../inspection.ts";
import { findFolder, isDiagnostic, type LoadedTemplate, type LoadRequest, readTextFile } from "../loading.ts";
import type { RawValue } from "../raw-value.ts";
import { explainWritten } from "../written-language.ts";
import type { LegacyTemplate } from "./legacy-template.ts";
import { type ReadTemplate, readTemplate } from "./read-template.ts";
import { type GivenVariables, isYaml, readByName, readGivenVariables } from "./var-files.ts";

/** Reads a template of the JSON format, or of the same shape in YAML. */
export async function loadLegacy(request: LoadRequest): Promise<LoadedTemplate> {
  const file = await readTextFile(request.path, request);
  if (isDiagnostic(file)) {
    return makeUnreadable([file], new Map());
  }
  request.showInClear?.(file.text);
  const given = await readGivenVariables(request);
  given.hide(findSensitiveNames(file.text));
  const files: SourceFiles = new Map([file, ...given.files].map((one) => [one.filename, one]));
  const { value, diagnostics, lostAt } = await readByName(request.path, file);
  if (hasErrors(diagnostics)) {
    hideAssigned(file.text, findSensitiveNames(file.text), request.hide);
  }
  const language = isYaml(request.path) ? "a YAML template" : "a JSON template";
  const foreign =
    hasErrors(diagnostics) || value?.is !== "map" || holdsHcl2(value) ? explainWritten(file, language) : undefined;
  if (foreign !== undefined) {
    return makeUnreadable([foreign, ...given.diagnostics], files);
  }
  if (value === undefined) {
    return makeUnreadable([...diagnostics, ...given.diagnostics], files);
  }
  const read = readTemplate(file, value);
  given.hide(read.template.sensitiveVariables);
  if (hasErrors(read.diagnostics)) {
    hideAssigned(file.text, read.template.sensitiveVariables, request.hide);
  }
  const isBefore = ({ subject }: Diagnostic): boolean => lostAt === undefined || (subject?.start.offset ?? 0) < lostAt;
  const all = [...diagnostics, ...read.diagnostics.filter(isBefore), ...given.diagnostics];
  return makeLoaded(request, {
    read,
    diagnostics: all,
    files,
    given,
    isWhole: lostAt === undefined && value.is === "map",
  });
}

/** The blocks of HCL2, and none of the keys that a template has to have. */
function holdsHcl2(value: RawValue | undefined): boolean {
  const keys = value?.is === "map" ? value.entries.map(({ key }) => key) : [];
  return (keys.includes("source") || keys.includes("build")) && !keys.includes("builders");
}

/** What the files of a template came to. */
interface Reading {
  readonly read: ReadTemplate;
  readonly diagnostics: readonly Diagnostic[];
  readonly files: SourceFiles;
  /** Variables from files and flags. */
  readonly given: GivenVariables;
  /** False when the text is such that nobody knows what belongs to what. */
  readonly isWhole: boolean;
}

function makeLoaded(
  request: LoadRequest,
  { read, diagnostics, files, given: { values: given, diagnostics: givenProblems }, isWhole }: Reading,
): LoadedTemplate {
  for (const name of read.template.sensitiveVariables) {
    const text = given.get(name) ?? read.template.variables.get(name)?.value?.text ?? "";
    // One that is put together from others is hidden when it is known.
    if (!text.includes("{{")) {
      request.hide(text, { name: `variable "${name}"` });
    }
  }
  const templateDir = findFolder(request.path, request.host.cwd);
  const world: EngineWorld = {
    language: "json",
    startedAt: request.startedAt,
    host: request.host,
    packerVersion: request.packerVersion,
    templateDir,
    hidden: readHiddenValues(request),
  };
  return {
    language: "json",
    files,
    diagnostics,
    checkable: isWhole,
    inspect: async () => inspectLegacy(read.template),
    plan: async (wanted) => {
      if (!isWhole) {
        throw new Error("A template that could not be read to its end cannot be planned");
      }
      const templateFiles = request.path === "-" ? [] : [request.path];
      const settings = { ...wanted.settings, packerVersion: request.packerVersion, templateDir, templateFiles };
      const { planLegacy } = await import("./plan-legacy.ts");
      return planLegacy({
        ...{ catalog: await request.catalog([]), read, given, world, request, wanted, settings },
        isSound: !hasErrors(diagnostics),
        isGivenComplete: !hasErrors(givenProblems),
      });
    },
    console: async () => {
      const [{ resolveVariables }, { openLegacyConsole }] = await Promise.all([
        import("./variables.ts"),
        import("./console-legacy.ts"),
      ]);
      const { template } = read;
      const { values } = await resolveVariables({
        template,
        given,
        world,
        lookups: request.lookups,
        allowUnset: true,
        hide: request.hide,
      });
      return openLegacyConsole(world, values, template.sensitiveVariables);
    },
  };
}

function makeUnreadable(diagnostics: readonly Diagnostic[], files: ReadonlyMap<string, TextFile>): LoadedTemplate {
  const never = async (): Promise<never> => {
    throw new Error("A template that could not be read has no parts");
  };
  return { language: "json", files, diagnostics, inspect: never, plan: never, console: never };
}

function inspectLegacy(template: LegacyTemplate): LegacyInspection {
  const byName = <T extends { name: string }>(items: T[]): T[] => items.sort((a, b) => compareTexts(a.name, b.name));
  // As Packer: every variable whose default equals the default of a sensitive one is masked.
  const secrets = new Set(
    template.sensitiveVariables
      .map((name) => template.variables.get(name)?.value?.text)
      .filter((text) => text !== undefined && text !== ""),
  );
  const variables = [...template.variables.values()].map(({ name, value }) => ({
    name,
    value: value?.text ?? "",
    required: value === undefined,
    sensitive: secrets.has(value?.text),
  }));
  return {
    language: "json",
    description: template.description ?? "",
    variables: byName(variables),
    builders: byName(template.builders.map((builder) => ({ name: builder.rawName, type: builder.type }))),
    provisioners: template.provisioners.map((provisioner) => provisioner.type),
  };
}
