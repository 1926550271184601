// A call that got no answer, in the words of whoever made it.
import { BuildError, type FailureClass, failure, readMessage } from "../../diagnostic/build-error.ts";

/** Why there was no answer, as the detail of a failure of its own code. The hint of the cause, which is nearer to it, comes first. */
export function reportNoAnswer(code: string, summary: string, thrown: unknown, hint: string): BuildError {
  const found = thrown instanceof BuildError ? thrown : undefined;
  const kind: FailureClass = found?.failure ?? "network";
  const nearer = found?.diagnostics[0]?.hint;
  return failure(kind, code, summary, { detail: readMessage(thrown), hint: nearer ?? hint, cause: thrown });
}
