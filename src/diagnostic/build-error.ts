// The one error that running code throws for a failure that is not our bug.
import type { Diagnostic } from "./diagnostic.ts";

/** What kind of trouble ended a run; decides exit codes, outputs and retries. */
export type FailureClass =
  | "template"
  | "auth"
  | "network"
  | "capacity"
  | "provisioner"
  | "timeout"
  | "cancelled"
  | "environment";

/**
 * A failure of a run, said in words for the user. Anything else that is thrown is a bug of this program
 * and is shown as one.
 */
export class BuildError extends Error {
  readonly failure: FailureClass;
  readonly diagnostics: readonly Diagnostic[];
  /** The other side refused, for a reason that stays: trying again soon would only hide it. */
  readonly lasts: boolean;

  constructor(
    failure: FailureClass,
    diagnostics: Diagnostic | readonly Diagnostic[],
    cause?: unknown,
    { lasts = false }: { readonly lasts?: boolean | undefined } = {},
  ) {
    const list = Array.isArray(diagnostics) ? (diagnostics as readonly Diagnostic[]) : [diagnostics as Diagnostic];
    super(list.map(joinText).join("\n"), cause === undefined ? undefined : { cause });
    this.name = "BuildError";
    this.failure = failure;
    this.diagnostics = list;
    this.lasts = lasts;
  }
}

function joinText(diagnostic: Diagnostic): string {
  return diagnostic.detail === undefined ? diagnostic.summary : `${diagnostic.summary}\n${diagnostic.detail}`;
}

/** Shortest way to say what failed: `throw failure("network", "communicator/ssh-refused", "Connection refused")`. */
export function failure(
  kind: FailureClass,
  code: string,
  summary: string,
  more: {
    detail?: string | undefined;
    hint?: string | undefined;
    cause?: unknown;
    lasts?: boolean | undefined;
  } = {},
): BuildError {
  const { cause, lasts, ...rest } = more;
  return new BuildError(kind, { code, severity: "error", summary, ...rest }, cause, { lasts });
}

/** The code of an error of the system, such as `ECONNREFUSED`; empty for all else. */
export function readErrorCode(thrown: unknown): string {
  return typeof thrown === "object" && thrown !== null && "code" in thrown ? String(thrown.code) : "";
}

/** The code of the first thing that a failure of ours tells; empty for all else. */
export function readDiagnosticCode(thrown: unknown): string {
  return (thrown instanceof BuildError && thrown.diagnostics[0]?.code) || "";
}

/** The text of anything that was thrown. */
export function readMessage(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
