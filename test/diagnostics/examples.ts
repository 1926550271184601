// One example for each diagnostic code, as data: what is given, how it is run, and what that prints.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** What makes one message appear. */
export interface Example {
  /** The command line. */
  readonly run: readonly string[];
  /** Lines by the name of the file. */
  readonly files: Readonly<Record<string, readonly string[]>>;
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** The message as it is printed, its own lines alone. */
  readonly prints?: readonly string[] | undefined;
}

export interface Examples {
  readonly examples: Readonly<Record<string, Example>>;
  /** Codes that need a machine, a service, the action or a fault: where the test is that makes it appear. */
  readonly elsewhere: Readonly<Record<string, string | Told>>;
}

/** A test that knows a message by its words and not by its code. */
export interface Told {
  readonly file: string;
  /** Words of the summary that stand in the test. */
  readonly says: string;
}

const path = fileURLToPath(new URL("./examples.json", import.meta.url));

export function readExamples(): Examples {
  return JSON.parse(readFileSync(path, "utf8"));
}

export function writeExamples(examples: Examples): void {
  writeFileSync(path, `${JSON.stringify(examples, undefined, 2)}\n`);
}
