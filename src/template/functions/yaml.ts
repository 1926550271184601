// Functions that read and write YAML. After https://developer.hashicorp.com/packer/docs/templates/hcl_templates/functions/encoding/yamldecode and its neighbour
import { dynamicType, stringType } from "../../cty/type.ts";
import { FunctionError } from "../../hcl/function.ts";
import { anything, argument, type FunctionDefinition, text } from "./signature.ts";
import { textArgument, toBoundedText } from "./strings.ts";
import { yamlText } from "./yaml-text.ts";

/** Both of them. */
export const yamlFunctions: readonly FunctionDefinition[] = [
  {
    name: "yamlencode",
    description: "The value as YAML in block style, with strings in double quotes or as blocks of lines.",
    parameters: [anything("value", { allowNull: true })],
    returns: stringType,
    call: (args) => toBoundedText(yamlText(argument(args, 0))),
  },
  {
    name: "yamldecode",
    description: "The value that a document in YAML 1.1 stands for, where `yes` and `on` are true.",
    parameters: [text("src")],
    returns: dynamicType,
    bind: (world) => (args) => {
      if (world.readYaml === undefined) {
        throw new FunctionError("YAML cannot be read here");
      }
      return world.readYaml(textArgument(args, 0));
    },
  },
];
