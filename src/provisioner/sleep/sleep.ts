// Provisioner "sleep": waits (https://developer.hashicorp.com/packer/docs/provisioners/sleep).
import { option } from "../../sdk/option.ts";
import { defineProvisioner } from "../../sdk/provisioner.ts";

/** Waits for a while before the next provisioner. */
export const sleep = defineProvisioner({
  type: "sleep",
  summary: "Waits for a while.",
  options: {
    duration: option.duration({ description: "How long to wait.", default: "0s", example: 5000 }),
  },

  provision: (config, run) => run.host.clock.sleep(config.duration, run.signal),
});
