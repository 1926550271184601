// The corpus of real templates, where it is there: beside the checkout, or where PACKER_TS_CORPUS says.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { projectRoot } from "../packer-ts.ts";

export interface CorpusTemplate {
  readonly path: string;
  readonly kind: string;
  readonly oracle: string;
}

/** The folder of the corpus; skips the test without one. */
export function corpusFolder(test: TestContext): string | undefined {
  const folder = process.env["PACKER_TS_CORPUS"] ?? join(projectRoot, "..", "shared", "corpus");
  if (existsSync(join(folder, "INDEX.json"))) {
    return folder;
  }
  test.skip("needs the corpus of templates: set PACKER_TS_CORPUS to its folder");
  return undefined;
}

/** The templates of one kind, as listed in the corpus. */
export function corpusTemplates(folder: string, kind: "json" | "hcl2"): readonly CorpusTemplate[] {
  const index = JSON.parse(readFileSync(join(folder, "INDEX.json"), "utf8")) as { templates: CorpusTemplate[] };
  return index.templates.filter((template) => template.kind === kind);
}
