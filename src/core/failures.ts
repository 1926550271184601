// Anything that can be thrown, as a failure that can be told: nothing is lost and nothing ends in a stack trace.
import { BuildError, type FailureClass, failure, readMessage } from "../diagnostic/build-error.ts";
import type { Diagnostic, SourceRange } from "../diagnostic/diagnostic.ts";
import { asCancellation } from "./cancel.ts";

/** A failure in the form in which results and events carry it. */
export interface BuildFailure {
  /** Packer's wording, for the log. */
  readonly error: string;
  /** Missing for a fault of ours. */
  readonly failure?: FailureClass | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** Only of a fault of ours; for the debug log. */
  readonly stack?: string | undefined;
}

const NETWORK = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EHOSTUNREACH",
  "EHOSTDOWN",
  "ENETUNREACH",
  "ENETDOWN",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EPIPE",
  "ETIMEDOUT",
]);

const SYSTEM: Readonly<Record<string, string>> = {
  ENOSPC: "The disk is full",
  EDQUOT: "The disk quota is used up",
  EACCES: "Permission was denied",
  EPERM: "The operation is not permitted",
  EROFS: "The file system is read-only",
  EMFILE: "Too many files are open",
  ENFILE: "Too many files are open",
  ENOENT: "A file or folder does not exist",
};

/** Tells a failure of the world from a fault of ours. `signal` decides whether it only says that the run was cancelled. */
export function explainFailure(thrown: unknown, signal?: AbortSignal): BuildFailure {
  const known = asBuildError(thrown, signal);
  if (known !== undefined) {
    // As Packer.
    const error = known.failure === "cancelled" ? "Build was cancelled." : known.message;
    return { error, failure: known.failure, diagnostics: known.diagnostics };
  }
  const text = readMessage(thrown);
  const stack = thrown instanceof Error ? (thrown.stack ?? text) : text;
  const diagnostic: Diagnostic = {
    code: "run/bug",
    severity: "error",
    summary: `This is a fault of the program, not of the template: ${text}`,
    hint: "Run again with PACKER_LOG=1 and report what it prints.",
  };
  return { error: diagnostic.summary, diagnostics: [diagnostic], stack };
}

/** What was thrown as `BuildError`; `undefined` when it is a fault of ours. */
export function asBuildError(thrown: unknown, signal?: AbortSignal): BuildError | undefined {
  if (thrown instanceof BuildError) {
    return thrown;
  }
  if (signal?.aborted === true && (thrown === signal.reason || isAbort(thrown))) {
    return asCancellation(signal);
  }
  const system = findSystemError(thrown);
  if (system === undefined) {
    return undefined;
  }
  const more = { detail: system.message, cause: thrown };
  if (NETWORK.has(system.code)) {
    return failure("network", "run/connection-failed", "A network connection failed", more);
  }
  return failure(
    "environment",
    "run/system-error",
    SYSTEM[system.code] ?? "The operating system refused an operation",
    more,
  );
}

/** The same failure pointing at a place in the template, where it does not point at one yet. */
export function addPlace(
  thrown: unknown,
  place: { readonly label: string; readonly range?: SourceRange | undefined },
  signal?: AbortSignal,
): unknown {
  const error = asBuildError(thrown, signal);
  if (error === undefined || error.failure === "cancelled") {
    return error ?? thrown;
  }
  const diagnostics = error.diagnostics.map((diagnostic) => {
    if (diagnostic.subject !== undefined) {
      return diagnostic;
    }
    return { ...diagnostic, within: diagnostic.within ?? place.label, subject: place.range };
  });
  return reword(new BuildError(error.failure, diagnostics, error), error.message);
}

/** Gives a failure Packer's wording where that is not what its diagnostics say. */
export function reword(error: BuildError, message: string): BuildError {
  error.message = message;
  return error;
}

function isAbort(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === "AbortError";
}

function findSystemError(thrown: unknown): (Error & { code: string }) | undefined {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (typeof code === "string" && (typeof syscall === "string" || NETWORK.has(code) || code in SYSTEM)) {
      return error as Error & { code: string };
    }
  }
  return undefined;
}
