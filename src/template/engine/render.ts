// Renders the `{{ }}` in the strings of a template, and points into the file when that fails.

import type { SourceRange } from "../../diagnostic/diagnostic.ts";
import type { TemplateProblem } from "../../gotemplate/problem.ts";
import { parseTemplate, renderTemplate } from "../../gotemplate/template.ts";
import type { TemplateRecord, TemplateValue } from "../../gotemplate/value.ts";
import { listAbsentTexts, listPlannedTypes } from "../../sdk/build-data.ts";
import type { ProblemList } from "../problem-list.ts";
import type { RawEntry, RawValue } from "../raw-value.ts";
import { bindFunctions, engineFunctionNames, makePlannedValue, templateValue } from "./functions.ts";
import { concealProblems, type HiddenValues } from "./hidden-values.ts";
import type { EngineScope } from "./scope.ts";

export type Rendered = { readonly text: string } | { readonly problems: readonly TemplateProblem[] };

/** Variables may hold templates that hold variables; deeper than this it is a circle. */
export const MAX_NESTING = 20;

/** Renders one text with the functions of its place and dot-values. */
export function renderText(text: string, scope: EngineScope, data: TemplateRecord = {}, depth = 0): Rendered {
  if (!text.includes("{{")) {
    return { text };
  }
  const { hidden } = scope.world;
  const secrets = (hidden?.find(text) ?? []).filter((secret) => secret.includes("{{"));
  if (secrets.length === 0) {
    return concealText(renderPlain(text, scope, data, depth), text, hidden);
  }
  let isPending = false;
  const watched = scope.stage === "component" ? { ...scope, pending: notePending } : scope;
  function notePending(key: string): void {
    isPending = true;
    if (scope.stage === "component") {
      scope.pending(key);
    }
  }
  const rendered = renderPlain(text, watched, data, depth);
  for (const secret of secrets) {
    const made = secret === text ? rendered : renderPlain(secret, watched, data, depth);
    if ("text" in made && !isPending) {
      hidden?.hide(made.text);
    }
  }
  return concealText(rendered, text, hidden);
}

function concealText(rendered: Rendered, text: string, hidden: HiddenValues | undefined): Rendered {
  return "text" in rendered ? rendered : { problems: concealProblems(rendered.problems, text, hidden) };
}

function renderPlain(text: string, scope: EngineScope, data: TemplateRecord, depth: number): Rendered {
  const parsed = parseTemplate(text, engineFunctionNames);
  if ("problems" in parsed) {
    return parsed;
  }
  const rendered = renderTemplate(
    parsed.template,
    data,
    bindFunctions(depth >= MAX_NESTING ? scope : nestScope(scope, data, depth)),
  );
  return "text" in rendered ? rendered : { problems: [rendered.problem] };
}

/** As Packer: what `{{ }}` a variable's value still holds is rendered where the variable is used. */
function nestScope(scope: EngineScope, data: TemplateRecord, depth: number): EngineScope {
  if (scope.stage === "variables") {
    return scope;
  }
  const user = (name: string): string => {
    const value = scope.user(name);
    if (!value.includes("{{")) {
      return value;
    }
    const rendered = renderText(value, scope, data, depth + 1);
    if ("text" in rendered) {
      return rendered.text;
    }
    throw new Error(`in the value of the variable ${name}: ${rendered.problems[0]?.message ?? ""}`);
  };
  return { ...scope, user };
}

/** Renders all strings of a value, keys included. What fails is reported and left as it is. */
export function renderValue(
  value: RawValue,
  scope: EngineScope,
  data: TemplateRecord,
  problems: ProblemList,
): RawValue {
  return renderPart(value, { scope, data, problems });
}

/** What one value is rendered with. */
interface Rendering {
  readonly scope: EngineScope;
  readonly data: TemplateRecord;
  readonly problems: ProblemList;
}

function renderPart(value: RawValue, rendering: Rendering): RawValue {
  const range = (): SourceRange | undefined => value.range();
  switch (value.is) {
    case "string": {
      const text = renderOrReport(
        value.text,
        (offset, length) => value.rangeWithin?.(offset, length) ?? value.range(),
        rendering,
      );
      return text === value.text ? value : { is: "string", text, range };
    }
    case "list":
      return { is: "list", type: value.type, range, items: value.items.map((item) => renderPart(item, rendering)) };
    case "map":
      return {
        is: "map",
        type: value.type,
        range,
        entries: value.entries.map((entry) => renderEntry(entry, rendering)),
      };
    default:
      return value;
  }
}

function renderEntry(entry: RawEntry, rendering: Rendering): RawEntry {
  const locate: Locate = (offset, length) => entry.keyRangeWithin?.(offset, length) ?? entry.keyRange();
  const key = renderOrReport(entry.key, locate, rendering);
  return { key, keyRange: () => entry.keyRange(), value: renderPart(entry.value, rendering) };
}

type Locate = (offset: number, length: number) => SourceRange | undefined;

function renderOrReport(text: string, locate: Locate, { scope, data, problems }: Rendering): string {
  const rendered = renderText(text, scope, data);
  if ("problems" in rendered) {
    reportProblems(rendered.problems, problems, locate);
    return text;
  }
  const lacksValue = rendered.text.includes("<no value>") && !text.includes("<no value>");
  if (lacksValue && !asksForComingMap(text, scope)) {
    problems.warning("template/no-value", locate(0, text.length), "A part of this template has no value", {
      detail: `It becomes ${JSON.stringify(rendered.text)}.`,
      hint: "Dot-values such as {{ .Path }} exist only in the options that name them; use {{ build `ID` }} for values of the build.",
    });
  }
  return rendered.text;
}

/** Which keys a map that is still to be published will have is not known. */
function asksForComingMap(text: string, scope: EngineScope): boolean {
  if (scope.stage !== "component" || scope.generated !== undefined) {
    return false;
  }
  return scope.generates.some(
    (one) => typeof one !== "string" && ["map", "object"].includes(one.type.is) && text.includes(one.name),
  );
}

export function reportProblems(found: readonly TemplateProblem[], problems: ProblemList, locate: Locate): void {
  for (const { code, message, offset, length, hint } of found) {
    problems.error(code, locate(offset, length), message, hint === undefined ? {} : { hint });
  }
}

/** The dot-values of a component's options: what the build has published, or stand-ins that report being asked for. */
export function buildData(scope: Extract<EngineScope, { stage: "component" }>): TemplateRecord {
  const { generated } = scope;
  if (generated !== undefined) {
    return Object.fromEntries(
      Object.entries({ ...listAbsentTexts(generated), ...generated }).map(([key, value]) => [
        key,
        templateValue(value),
      ]),
    );
  }
  const data: Record<string, TemplateValue> = {};
  for (const [key, type] of listPlannedTypes(scope.generates)) {
    Object.defineProperty(data, key, {
      enumerable: true,
      configurable: true,
      get: () => {
        scope.pending(key);
        return makePlannedValue(key, type);
      },
    });
  }
  return data;
}
