// Functions that calculate with network addresses. After https://developer.hashicorp.com/packer/docs/templates/hcl_templates/functions/ipnet/cidrhost and its neighbours
import { listType, stringType } from "../../cty/type.ts";
import { listValue, stringValue, type Value } from "../../cty/value.ts";
import { FunctionError, type PlainFunction } from "../../hcl/function.ts";
import { addressText, type Network, networkText, parseNetwork } from "./ip-address.ts";
import { number, text } from "./signature.ts";
import { textArgument } from "./strings.ts";
import { wholeArgument, wideArgument } from "./whole-number.ts";

/** All of them. */
export const networkFunctions: readonly PlainFunction[] = [
  {
    name: "cidrhost",
    description: "The address of a host in a network, such as `10.0.0.0/8`. A negative number counts from the end.",
    parameters: [text("prefix"), number("hostnum")],
    returns: stringType,
    call: (args) => {
      const network = networkArgument(args);
      const host = wideArgument(args, 1);
      const size = 1n << BigInt(network.bits - network.length);
      if (host >= size || host < -size) {
        throw new FunctionError(`a network with a prefix of ${network.length} bits has no host ${host}`, 1);
      }
      return stringValue(addressText({ ...network, address: network.address + (host < 0n ? size + host : host) }));
    },
  },
  {
    name: "cidrnetmask",
    description: "The mask of a network, such as `255.0.0.0`.",
    parameters: [text("prefix")],
    returns: stringType,
    call: (args) => {
      const { bits, length } = networkArgument(args);
      const mask = ((1n << BigInt(length)) - 1n) << BigInt(bits - length);
      return stringValue(addressText({ bits, address: mask }));
    },
  },
  {
    name: "cidrsubnet",
    description: "The part of a network with that number, when its prefix is made longer by `newbits`.",
    parameters: [text("prefix"), number("newbits"), number("netnum")],
    returns: stringType,
    call: (args) => {
      const network = networkArgument(args);
      const more = wholeArgument(args, 1);
      const chosen = wideArgument(args, 2);
      if (more < 0) {
        throw new FunctionError("the prefix cannot be made shorter", 1);
      }
      const length = lengthen(network, more, 1);
      if (chosen < 0n || chosen >= 1n << BigInt(more)) {
        throw new FunctionError(`${more} more bits leave no room for a part with the number ${chosen}`, 2);
      }
      return stringValue(
        networkText({ ...network, length, address: network.address + (chosen << BigInt(network.bits - length)) }),
      );
    },
  },
  {
    name: "cidrsubnets",
    description:
      "Parts of a network one after the other, each with a prefix that is longer by the given number of bits.",
    parameters: [text("prefix")],
    variadic: number("newbits"),
    returns: listType(stringType),
    call: (args) => listValue(stringType, listSubnets(args).map(stringValue)),
  },
];

function networkArgument(args: readonly Value[]): Network {
  const written = textArgument(args, 0);
  const network = parseNetwork(written);
  if (network !== undefined) {
    return network;
  }
  const what = 'an address and the length of its prefix, such as "10.0.0.0/8" or "2001:db8::/32"';
  throw new FunctionError(`${JSON.stringify(written)} is no network; one is written as ${what}`, 0);
}

/** As Packer 1.6.6: a prefix grows by no more than 32 bits at once. */
function lengthen({ length, bits }: Network, more: number, position: number): number {
  if (more > 32) {
    throw new FunctionError("the prefix cannot be made longer by more than 32 bits", position);
  }
  if (length + more <= bits) {
    return length + more;
  }
  throw new FunctionError(`the prefix would have ${length + more} bits, and an address has only ${bits}`, position);
}

function listSubnets(args: readonly Value[]): readonly string[] {
  const network = networkArgument(args);
  const end = network.address + (1n << BigInt(network.bits - network.length));
  let next = network.address;
  let before = "";
  return args.slice(1).map((_, i) => {
    const position = i + 1;
    const more = wholeArgument(args, position);
    if (more < 1) {
      throw new FunctionError("the prefix must be made longer by at least one bit", position);
    }
    const length = lengthen(network, more, position);
    const size = 1n << BigInt(network.bits - length);
    const address = ((next + size - 1n) / size) * size;
    if (address + size > end) {
      throw new FunctionError(`there is no room left for a prefix of ${length} bits after ${before}`, position);
    }
    next = address + size;
    before = networkText({ ...network, length, address });
    return before;
  });
}
