// Runs a build's provisioners one after another, and the error-cleanup provisioner when one fails.
import { BuildError, readMessage } from "../diagnostic/build-error.ts";
import type { Communicator } from "../sdk/communicator.ts";
import type { Provisioner, ProvisionRun } from "../sdk/provisioner.ts";
import type { PlannedProvisioner } from "../template/plan.ts";
import type { BuildContext } from "./build-context.ts";
import type { SpanKind } from "./build-event.ts";
import { throwIfCancelled } from "./cancel.ts";
import { runComponent } from "./component-run.ts";
import { concealUi } from "./conceal.ts";
import { asBuildError, reword } from "./failures.ts";
import { wrapAttempt } from "./wrap-provisioner.ts";

/** Ends when all provisioners have; the first that fails ends it. */
export async function provision(build: BuildContext, communicator: Communicator): Promise<void> {
  for (const planned of build.planned.provisioners) {
    throwIfCancelled(build.signal);
    await runOne(build, planned, communicator, "provisioner");
  }
}

/** Runs the error-cleanup provisioner, if there is one, and gives the failure that the build ends with. */
export async function cleanUpProvisioning(
  build: BuildContext,
  communicator: Communicator,
  thrown: unknown,
): Promise<unknown> {
  // As Packer: also when there is none.
  build.ui.say("Provisioning step had errors: Running the cleanup provisioner, if present...");
  const planned = build.planned.errorCleanupProvisioner;
  if (planned === undefined) {
    return thrown;
  }
  try {
    await runOne(build, planned, communicator, "error-cleanup-provisioner");
    return thrown;
  } catch (second) {
    return joinFailures(thrown, second, build.signal);
  }
}

function runOne(
  build: BuildContext,
  planned: PlannedProvisioner,
  communicator: Communicator,
  kind: SpanKind,
): Promise<void> {
  const { ui, host, settings, signal, generated } = build;
  const attempt = (own: AbortSignal): Promise<void> =>
    runComponent(build, { planned, ui, signal: own, generated }, (config, run) => {
      const provisionRun: ProvisionRun = Object.defineProperties(
        { communicator } as ProvisionRun,
        Object.getOwnPropertyDescriptors(run),
      );
      return (planned.component as Provisioner).provision(config, provisionRun);
    });
  const body = wrapAttempt(planned, attempt, {
    ui: concealUi(ui, build.secrets),
    ...{ clock: host.clock, debug: settings.debug },
  });
  const title = planned.name ? `${planned.type} (${planned.name})` : planned.type;
  return build.spans.run(kind, title, () => body(signal), planned.type);
}

function joinFailures(first: unknown, second: unknown, signal: AbortSignal): unknown {
  const [original, after] = [asBuildError(first, signal), asBuildError(second, signal)];
  // A fault of ours is worth more than a nice wording.
  if (original === undefined) {
    return first;
  }
  if (after === undefined) {
    return second;
  }
  const text = `Cleanup failed: ${readMessage(after)}. Original Provisioning error: ${readMessage(original)}`;
  return reword(
    new BuildError(original.failure, [...original.diagnostics, ...after.diagnostics.map(asConsequence)], original),
    text,
  );
}

function asConsequence(diagnostic: BuildError["diagnostics"][number]): BuildError["diagnostics"][number] {
  const { code, summary, detail } = diagnostic;
  const why = `The error-cleanup provisioner failed as well: ${summary}`;
  return {
    ...diagnostic,
    code: "run/cleanup-provisioner-failed",
    summary: why,
    detail: detail === undefined ? `[${code}]` : `[${code}] ${detail}`,
  };
}
