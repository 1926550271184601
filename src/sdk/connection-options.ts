// Options of every builder that say how its machine is reached, whichever communicator is chosen.
import { option } from "./option.ts";

export const connectionOptions = Object.freeze({
  communicator: option.string({
    description:
      "How to connect to the machine, such as `ssh`, `winrm` or `none`. The builder's first choice unless set.",
  }),
  pause_before_connecting: option.duration({
    default: "0s",
    description:
      "Connect once, disconnect, wait this long and connect again: for machines that restart after they are first reachable.",
  }),
});
