// Applies the fixers to a template, and keeps what each of them has changed.
import type { Fixer } from "./fixer.ts";
import { type Fields, type FixableTemplate, isFields } from "./fixer.ts";
import { fixers } from "./fixers.ts";

/** The parts of a template cannot be told apart, so that nothing can be fixed. */
export class NotFixable extends Error {}

export interface Fixed {
  readonly template: Fields;
  /** Those that changed something, in the order in which they did. */
  readonly changes: readonly Fixer[];
}

/** The template with everything written as it is today; the one that is given stays as it is. */
export function fixTemplate(given: Fields): Fixed {
  const template = structuredClone(given);
  // As Packer: it is there afterwards, also when it was not.
  template["builders"] ??= null;
  const parts = findParts(template);
  const changes: Fixer[] = [];
  let before = JSON.stringify(template);
  for (const fixer of fixers) {
    fixer.fix(parts);
    const after = JSON.stringify(template);
    if (after !== before) {
      changes.push(fixer);
    }
    before = after;
  }
  return { template, changes };
}

function findParts(template: Fields): FixableTemplate {
  const postProcessors = readList(template, "post-processors").flatMap((entry) =>
    Array.isArray(entry) ? entry : [entry],
  );
  return {
    builders: readList(template, "builders").filter(isFields),
    provisioners: readList(template, "provisioners").filter(isFields),
    postProcessors: postProcessors.filter(isFields),
    hasPostProcessors: postProcessors.length > 0,
  };
}

function readList(template: Fields, name: string): readonly unknown[] {
  const value = template[name] ?? [];
  if (!Array.isArray(value)) {
    throw new NotFixable(`"${name}" must be a list`);
  }
  return value;
}
