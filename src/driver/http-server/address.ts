// On which address of this machine to listen.
import { isIPv4, isIPv6 } from "node:net";
import { failure } from "../../diagnostic/build-error.ts";
import type { Network } from "../../host/host.ts";

/** How the address was asked for. */
export interface AddressRequest {
  readonly address?: string | undefined;
  /** Name of a network interface, whose address it is. */
  readonly interfaceName?: string | undefined;
  /** `tcp4`, `tcp6`, or `tcp` for either. */
  readonly protocol: string;
}

/** The address that is given or the interface has; without either, the one that stands for all. */
export async function listenAddress(request: AddressRequest, network: Network): Promise<string> {
  const { address, interfaceName, protocol } = request;
  if (interfaceName) {
    return findInterfaceAddress(interfaceName, protocol, network);
  }
  return address || (protocol === "tcp6" ? "::" : "0.0.0.0");
}

async function findInterfaceAddress(name: string, protocol: string, network: Network): Promise<string> {
  const interfaces = await network.interfaces();
  const addresses = interfaces[name];
  const none = (summary: string): Error =>
    failure("environment", "media/no-interface", summary, {
      hint: `Interfaces of this machine: ${Object.keys(interfaces).join(", ")}.`,
    });
  if (addresses === undefined) {
    throw none(`There is no network interface "${name}" for the HTTP server`);
  }
  // Addresses that hold on one link only need the link's name with them, which guests would not know.
  const four = protocol === "tcp6" ? undefined : addresses.find((one) => isIPv4(one));
  const six = protocol === "tcp4" ? undefined : addresses.find((one) => isIPv6(one) && !/^fe[89ab]/i.test(one));
  const found = four ?? six;
  if (found === undefined) {
    throw none(`The network interface "${name}" has no address for the HTTP server`);
  }
  return found;
}
