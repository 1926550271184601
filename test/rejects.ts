// Says how something failed, by the code that users and documentation know.
import assert from "node:assert/strict";
import { BuildError, type FailureClass } from "../src/diagnostic/build-error.ts";

export interface ExpectedFailure {
  readonly code: string;
  readonly failure?: FailureClass | undefined;
  /** The whole message, or a part of it. */
  readonly message?: string | RegExp | undefined;
}

/** Passes when the promise rejects with a `BuildError` of this code; gives the error. */
export async function rejectsWith(promise: Promise<unknown>, expected: ExpectedFailure): Promise<BuildError> {
  const thrown = await promise.then(
    () => assert.fail(`It succeeded instead of failing with ${expected.code}`),
    (reason: unknown) => reason,
  );
  if (!(thrown instanceof BuildError)) {
    throw thrown;
  }
  assert.equal(thrown.diagnostics[0]?.code, expected.code, thrown.message);
  if (expected.failure !== undefined) {
    assert.equal(thrown.failure, expected.failure);
  }
  if (typeof expected.message === "string") {
    assert.equal(thrown.message, expected.message);
  }
  if (expected.message instanceof RegExp) {
    assert.match(thrown.message, expected.message);
  }
  return thrown;
}

/** What a cancelled signal carries in a real run. */
export function cancelled(): BuildError {
  return new BuildError("cancelled", { code: "host/cancelled", severity: "error", summary: "The build was cancelled" });
}
