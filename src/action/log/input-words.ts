// Words of the command line -> words of the workflow: who set an input is told of the input, not of a flag.
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";

const INPUTS: Readonly<Record<string, string>> = { var: "vars", "var-file": "var-files" };
const FLAGS =
  /(^|[\s(])(?:a )?-(only|except|force|var-file|var|on-error|older-than|fingerprint-file|if-unchanged|parallel-builds)(?:=([^\s,;)]*[^\s,;).]))?(?=[\s,;).]|$)/g;

const PHRASES: readonly (readonly [words: RegExp, instead: string])[] = [
  [/-var '([^'=]+)=…'/g, 'the input vars ("$1: …")'],
  [/^Undefined -var variable$/, "Undefined variable in the input vars"],
  [/was passed in the command line but was not found/, "is given a value in the input vars but was not found"],
  [/Invalid argument value for -var variable/, "Invalid value for a variable of the input vars"],
  [/The received arg value for/, "The value for"],
];

/** The same message for people who look at a workflow. */
export function sayInputs(diagnostic: Diagnostic): Diagnostic {
  const { summary, detail, hint } = diagnostic;
  return { ...diagnostic, summary: say(summary), detail: detail && say(detail), hint: hint && say(hint) };
}

function say(text: string): string {
  const phrased = PHRASES.reduce((said, [words, instead]) => said.replace(words, instead), text);
  return phrased.replace(FLAGS, (_all, before: string, flag: string, value: string | undefined) => {
    const input = `the input ${INPUTS[flag] ?? flag}`;
    return `${before}${value === undefined ? input : `${input}: ${value}`}`;
  });
}
