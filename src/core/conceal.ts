// What is told about a failure, for people: without secrets and without pieces of them, which may have been quoted.
import type { Diagnostic } from "../diagnostic/diagnostic.ts";
import type { Ui } from "../sdk/run.ts";
import type { Secrets } from "./secrets.ts";

type Messages = Pick<Secrets, "filterMessage">;

/** A diagnostic whose words tell nothing of a secret; its places are data. */
export function concealDiagnostic(diagnostic: Diagnostic, secrets: Messages): Diagnostic {
  const { summary, detail, hint } = diagnostic;
  return {
    ...diagnostic,
    summary: secrets.filterMessage(summary),
    detail: detail === undefined ? undefined : secrets.filterMessage(detail),
    hint: hint === undefined ? undefined : secrets.filterMessage(hint),
  };
}

/** A voice that tells of failures. */
export function concealUi(ui: Ui, secrets: Messages): Ui {
  return { ...ui, error: (text) => ui.error(secrets.filterMessage(text)) };
}
