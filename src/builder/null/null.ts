// Builder "null": provisions a machine that is there already (https://developer.hashicorp.com/packer/docs/builders/null).
import type { Artifact, GeneratedData } from "../../sdk/artifact.ts";
import { defineBuilder } from "../../sdk/builder.ts";
import type { PrepareContext } from "../../sdk/component.ts";

/** Connects to an existing machine and runs the provisioners; for trying them out. */
export const nullBuilder = defineBuilder({
  type: "null",
  summary: "Runs the provisioners on a machine that exists already.",
  communicators: ["ssh", "winrm", "none"],
  options: {},

  prepare(_config, context) {
    if (context.communicator !== undefined && context.communicator.type !== "none") {
      checkAccess(context.communicator, context);
    }
  },

  async build(_config, run) {
    await run.provision(await run.connect({}));
    return makeNothing(run.generated);
  },
});

/** Nobody but the user knows the machine: where it is and how to get in must be in the template. */
function checkAccess({ type, config }: NonNullable<PrepareContext["communicator"]>, context: PrepareContext): void {
  const isGiven = (name: string): boolean => Boolean(config[name]) || context.isPending(name);
  const more = { hint: `See the options of communicator "${type}".` };
  if (!isGiven(`${type}_host`)) {
    context.problem("", "a Host must be specified, please reference your communicator documentation", more);
  }
  if (!isGiven(`${type}_username`)) {
    context.problem("", "a Username must be specified, please reference your communicator documentation", more);
  }
  const ways = ["ssh_agent_auth", `${type}_password`, "ssh_private_key_file"].filter(isGiven);
  if (ways.length === 0) {
    context.problem(
      "",
      "one authentication method must be specified, please reference your communicator documentation",
      more,
    );
  }
  if (type === "ssh" && ways.length > 1) {
    context.problem("", "only one of ssh_agent_auth, ssh_password, and ssh_private_key_file must be specified");
  }
}

function makeNothing(generated: GeneratedData): Artifact {
  return {
    builderId: "fnoeding.null",
    id: "Null",
    files: [],
    describe: () => "Did not export anything. This is the null builder",
    state: (name) => (name === "generated_data" ? generated : undefined),
    destroy: async () => {},
  };
}
