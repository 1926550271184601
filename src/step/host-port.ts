// A port of this machine that leads to the one on which the built machine is reached.
import type { PrepareContext } from "../sdk/component.ts";
import { type ConfigOf, option } from "../sdk/option.ts";

const USUAL = { from: 2222, to: 4444 };

const options = Object.freeze({
  host_port_min: option.number({
    description: `The first port of this machine that may lead to the communicator's port in the built one. ${USUAL.from} unless set.`,
    min: 0,
    max: 65535,
  }),
  host_port_max: option.number({
    description: `The port after the last one for that. ${USUAL.to} unless set.`,
    min: 0,
    max: 65535,
  }),
  ssh_host_port_min: option.number({
    description: "The older name of `host_port_min`.",
    deprecated: "Use `host_port_min`.",
  }),
  ssh_host_port_max: option.number({
    description: "The older name of `host_port_max`.",
    deprecated: "Use `host_port_max`.",
  }),
  skip_nat_mapping: option.bool({
    description: "Lead no port of this machine to the built one: `ssh_host` or `winrm_host` says where it is.",
    default: false,
  }),
  ssh_skip_nat_mapping: option.bool({
    description: "The older name of `skip_nat_mapping`.",
    deprecated: "Use `skip_nat_mapping`.",
  }),
});

type Config = ConfigOf<typeof options>;

/** Which port it may be. */
export const hostPortStep = Object.freeze({
  options,
  check(config: Config, context: PrepareContext): void {
    const { from, to } = listHostPorts(config);
    if (context.communicator?.type !== "none" && from > to) {
      context.problem("host_port_min", "host_port_min must be less than host_port_max");
    }
  },
});

/** Ports between which to look; 0 counts as not set. */
export function listHostPorts(config: Config): { readonly from: number; readonly to: number } {
  return {
    from: config.host_port_min || config.ssh_host_port_min || USUAL.from,
    to: config.host_port_max || config.ssh_host_port_max || USUAL.to,
  };
}

/** Whether a port is to lead there, if the machine is reached by a port at all. */
export function wantsHostPort(config: Config): boolean {
  return !config.skip_nat_mapping && !config.ssh_skip_nat_mapping;
}
