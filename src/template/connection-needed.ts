// Provisioners that can only fail because their build makes no connection.

import type { PlannedProvisioner } from "./plan.ts";
import type { PlannedBuilder } from "./plan-builder.ts";
import type { ProblemList } from "./problem-list.ts";

/**
 * Reports each provisioner that needs the machine of a build whose `communicator` is `none`.
 * Unlike Packer, which calls the template valid and lets the build fail after five minutes.
 */
export function checkConnections(
  build: string,
  planned: PlannedBuilder | undefined,
  parts: readonly PlannedProvisioner[],
  problems: ProblemList,
): void {
  // A builder that never connects runs no provisioners.
  if (planned?.communicator?.component.connects !== false || planned.builder.component.communicators.length < 2) {
    return;
  }
  for (const { component, label, range } of parts) {
    if (component.needsConnection === true) {
      problems.error(
        "communicator/none-unsupported",
        range,
        `The ${label} needs a connection, but build "${build}" makes none`,
        {
          detail: 'Its communicator is "none": there is no machine to run anything on or to copy files to.',
          hint: `Choose another communicator, use "shell-local", or keep it from this build with \`except\`.`,
        },
      );
    }
  }
}
