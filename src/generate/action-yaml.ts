// action.yml: the head is fixed, inputs and outputs come from the options.
import { actionOutputs } from "../action/input/action-options.ts";
import { type ActionInput, describeForm } from "./action-inputs.ts";
import { writeDescription } from "./option-text.ts";

const HEAD = `# Made by "npm run generate"; see src/action/input/action-options.ts and the options of the commands.
name: packer-ts
description: Build machine images from Packer templates, natively - HCL2 and JSON, no binary, no plugin downloads
branding:
  icon: box
  color: blue
`;

const RUNS = `runs:
  using: node24
  main: dist/action.js
  post: dist/post.js
`;

/** The text of action.yml. */
export function writeActionYaml(inputs: readonly ActionInput[]): string {
  const given = inputs.map(({ name, option, commands }) => {
    const only = commands.length === 0 ? "" : ` (${commands.join(", ")})`;
    const text = [writeDescription(option), describeForm(option)].filter((part) => part !== "").join(" ") + only;
    const preset = option.runnerDefault === undefined ? "" : `    default: ${option.runnerDefault}\n`;
    return `  ${name}:\n    description: ${JSON.stringify(text)}\n    required: false\n${preset}`;
  });
  const made = Object.entries(actionOutputs).map(
    ([name, sentence]) => `  ${name}:\n    description: ${JSON.stringify(sentence)}\n`,
  );
  return `${HEAD}inputs:\n${given.join("")}outputs:\n${made.join("")}${RUNS}`;
}
