// Functions that ask services for values. After https://developer.hashicorp.com/packer/docs/templates/hcl_templates/functions/contextual/vault and its neighbours
import { stringType } from "../../cty/type.ts";
import { sensitive, stringValue, unknownValue, withMarks } from "../../cty/value.ts";
import { FunctionError } from "../../hcl/function.ts";
import type { Lookups } from "../engine/scope.ts";
import { text, type WorldFunction } from "./signature.ts";
import { textArgument } from "./strings.ts";

/** All of them. What they give is secret. */
export const lookupFunctions: readonly WorldFunction[] = [
  defineLookup(
    "aws_secretsmanager",
    "A value in a secret of AWS Secrets Manager. A secret with several keys needs the key.",
    ["name"],
    "key",
  ),
  defineLookup("aws_secretsmanager_raw", "The whole text of a secret of AWS Secrets Manager.", ["name"]),
  defineLookup("consul_key", "A value of Consul's key-value store.", ["key"]),
  defineLookup("vault", "A value of a secret in HashiCorp Vault's key-value store.", ["path", "key"]),
];

function defineLookup(
  name: keyof Lookups,
  description: string,
  names: readonly string[],
  optional?: string,
): WorldFunction {
  const most = names.length + (optional === undefined ? 0 : 1);
  return {
    name,
    description,
    parameters: names.map((each) => text(each)),
    variadic: optional === undefined ? undefined : text(optional),
    returns: stringType,
    bind: (world) => (args) => {
      if (args.length > most) {
        throw new FunctionError(`no more than ${most} arguments are expected`, most);
      }
      const found = world.lookup(
        name,
        args.map((_, position) => textArgument(args, position)),
      );
      return withMarks(found === undefined ? unknownValue(stringType) : stringValue(found), [sensitive]);
    },
  };
}

/** Functions for the defaults of variables, and for nothing else. */
export const defaultFunctionDefinitions: readonly WorldFunction[] = [
  {
    name: "env",
    description: "An environment variable; empty when it is not set. Only in the `default` of a variable.",
    parameters: [text("key")],
    returns: stringType,
    bind: (world) => (args) => stringValue(world.host.env[textArgument(args, 0)] ?? ""),
  },
];
