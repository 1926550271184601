// The builds that results are expected of: the matrix that `plan` made.
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { readMessage } from "../../diagnostic/build-error.ts";
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";

/** An entry of the matrix, as far as it matters here. */
export interface ExpectedBuild {
  readonly template: string;
  readonly name: string;
  readonly builder: string;
  /** The input `only` of its job. */
  readonly only: string;
}

type Expected = { readonly builds: readonly ExpectedBuild[] } | { readonly diagnostic: Diagnostic };

/** Reads the matrix: JSON itself, or the path of a file with it. */
export async function readExpected(given: string, cwd: string): Promise<Expected> {
  try {
    const text = /^\s*[[{]/.test(given) ? given : await readFile(resolve(cwd, given), "utf8");
    const value = JSON.parse(text) as { include?: unknown } | readonly unknown[];
    const entries: unknown = Array.isArray(value) ? value : (value as { include?: unknown }).include;
    if (!Array.isArray(entries) || !entries.every(isEntry)) {
      return reportWrong('It has no list "include" with a template and a name in each entry.');
    }
    return {
      builds: entries.map(({ template, name, builder = "", only = "" }) => ({ template, name, builder, only })),
    };
  } catch (thrown) {
    return reportWrong(readMessage(thrown));
  }
}

function isEntry(value: unknown): value is Pick<ExpectedBuild, "template" | "name"> & Partial<ExpectedBuild> {
  if (typeof value !== "object" || value === null) {
    return false;
  }
  const { template, name, builder, only } = value as Record<string, unknown>;
  const isText = (one: unknown): boolean => one === undefined || typeof one === "string";
  return typeof template === "string" && typeof name === "string" && isText(builder) && isText(only);
}

function reportWrong(detail: string): Expected {
  return {
    diagnostic: {
      code: "collect/matrix",
      severity: "error",
      summary: "The matrix cannot be read",
      detail,
      hint: "It is the output `matrix` of the command `plan`.",
    },
  };
}
