// Exit codes. As Packer: 0 and 1. With `-detailed-exitcode` every class of failure has a code of its own.
import { type Command, type CommandResult, type CommandSchema, edge } from "../command/command.ts";
import type { FailureClass } from "../diagnostic/build-error.ts";
import { hasErrors } from "../diagnostic/diagnostic.ts";
import { option } from "../sdk/option.ts";

interface ExitCode {
  readonly code: number;
  /** Completes "the run ended because of …", for help and documentation. */
  readonly meaning: string;
}

/** The codes of `-detailed-exitcode`. What scripts rely on: none of them changes. */
export const EXIT_CODES: Readonly<Record<FailureClass | "bug", ExitCode>> = Object.freeze({
  template: { code: 10, meaning: "a mistake in the template or its variables" },
  auth: { code: 11, meaning: "a login or permission that was refused" },
  network: { code: 12, meaning: "a connection or service that failed" },
  capacity: { code: 13, meaning: "a limit or a lack of room on the platform" },
  provisioner: { code: 14, meaning: "a provisioner that failed" },
  timeout: { code: 15, meaning: "something that took too long" },
  environment: { code: 16, meaning: "this machine or a program on it" },
  bug: { code: 17, meaning: "a fault of packer-ts itself" },
  cancelled: { code: 130, meaning: "an interrupt" },
});

/** The codes that every run may have, in sentences. */
export const EXIT_SUMMARY =
  "0 after success, 1 after any failure. With several failed builds the first one in the template counts.";

/** The flag, for the commands that take it. */
export function listExitCodeFlags({ tellsFailureByExitCode }: Command): CommandSchema {
  if (tellsFailureByExitCode !== true) {
    return {};
  }
  const description = "Tell by the exit code why it failed, instead of 1 for everything.";
  return { detailed_exitcode: edge(option.bool({ default: false, description }), { input: false }) };
}

/** The exit code of a command that came to its end. */
export function chooseExitCode(result: CommandResult, detailed: boolean): number {
  const { exitCode, run, diagnostics } = result;
  if (!detailed || exitCode === 0) {
    return exitCode;
  }
  if (run?.interrupted === true) {
    return EXIT_CODES.cancelled.code;
  }
  const failed = run?.builds.find(({ outcome }) => outcome !== "built");
  if (failed !== undefined) {
    return EXIT_CODES[failed.failure ?? "bug"].code;
  }
  return hasErrors(diagnostics) ? EXIT_CODES.template.code : exitCode;
}
