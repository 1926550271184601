// Provisioner "breakpoint": waits for a person (https://developer.hashicorp.com/packer/docs/provisioners/breakpoint).
import { failure } from "../../diagnostic/build-error.ts";
import { option } from "../../sdk/option.ts";
import { defineProvisioner } from "../../sdk/provisioner.ts";

/** Pauses the build until somebody presses enter. */
export const breakpoint = defineProvisioner({
  type: "breakpoint",
  summary: "Pauses the build until somebody presses enter.",
  options: {
    note: option.string({
      description: "Shown when the build pauses, to tell breakpoints apart.",
      example: "before the clean-up",
    }),
    disable: option.bool({ description: "Goes on without pausing.", default: false }),
  },

  async provision(config, run) {
    const note = config.note ? ` with note "${config.note}"` : "";
    if (config.disable) {
      run.ui.say(`Breakpoint provisioner${note} disabled; continuing...`);
      return;
    }
    run.ui.say(`Pausing at breakpoint provisioner${note}.`);
    // A question cannot be taken back, but nobody has to wait for its answer once the run is cancelled.
    const answer = await run.host.clock.until(run.signal, run.ui.ask("Press enter to continue."));
    if (answer === undefined) {
      throw failure("environment", "provisioner/no-answer", "Error asking for input: no available tty", {
        detail: "A breakpoint waits for a person, but nobody can answer here.",
        hint: 'Set "disable" to true where the build runs unattended.',
      });
    }
  },
});
