// Functions that look for regular expressions. After https://developer.hashicorp.com/packer/docs/templates/hcl_templates/functions/string/regex and its neighbours
import { dynamicType, listType, objectType, stringType, type Type, tupleType } from "../../cty/type.ts";
import { listValue, nullValue, objectValue, stringValue, tupleValue, type Value } from "../../cty/value.ts";
import { FunctionError, type PlainFunction } from "../../hcl/function.ts";
import { compileMatcher, type Match, type Matcher } from "./regex/match.ts";
import { RegexError } from "./regex/syntax.ts";
import { argument, text } from "./signature.ts";
import { textArgument, toBoundedText } from "./strings.ts";

const syntax = "The syntax is that of [RE2](https://github.com/google/re2/wiki/Syntax).";

/** All of them. */
export const regexFunctions: readonly PlainFunction[] = [
  {
    name: "regex",
    description: `The first match: a string, or a tuple of what the groups matched, or an object when these have names. No match is a mistake. ${syntax}`,
    parameters: [text("pattern"), text("string")],
    cost: ([pattern, string]) => matchingCost(pattern, string),
    returns: (args) => matchType(args),
    call: (args, returns) => {
      const matcher = prepareMatcher(args, 0);
      const characters = toPoints(textArgument(args, 1));
      const match = matcher.find(characters, 0);
      if (match === undefined) {
        throw new FunctionError("the pattern matches no part of this text", 1);
      }
      return matchValue(match, matcher, characters, returns);
    },
  },
  {
    name: "regexall",
    description: `A list of all matches, each as \`regex\` gives it; empty when there are none. ${syntax}`,
    parameters: [text("pattern"), text("string")],
    cost: ([pattern, string]) => matchingCost(pattern, string),
    returns: (args) => listType(matchType(args)),
    call: (args) => {
      const matcher = prepareMatcher(args, 0);
      const characters = toPoints(textArgument(args, 1));
      const element = matchType(args);
      return listValue(
        element,
        allMatches(matcher, characters).map((match) => matchValue(match, matcher, characters, element)),
      );
    },
  },
  {
    name: "regex_replace",
    description: `The text with every match replaced. In \`replace\`, \`$1\` and \`\${name}\` stand for what a group matched. ${syntax}`,
    parameters: [text("str"), text("pattern"), text("replace")],
    cost: ([string, pattern]) => matchingCost(pattern, string),
    returns: stringType,
    call: (args) => {
      const matcher = prepareMatcher(args, 1);
      const characters = toPoints(textArgument(args, 0));
      return toBoundedText(replaceMatches(matcher, characters, textArgument(args, 2)));
    },
  },
];

/** Every character of the text meets every part of the pattern. */
function matchingCost(pattern: Value | undefined, string: Value | undefined): number {
  return Math.ceil((measureText(pattern) * measureText(string)) / 8);
}

function measureText(value: Value | undefined): number {
  return typeof value?.data === "string" ? value.data.length : 0;
}

function prepareMatcher(args: readonly Value[], position: number): Matcher {
  try {
    return compileMatcher(textArgument(args, position));
  } catch (thrown) {
    if (thrown instanceof RegexError) {
      throw new FunctionError(`this regular expression cannot be read: ${thrown.message}`, position);
    }
    throw thrown;
  }
}

function toPoints(s: string): readonly number[] {
  return Array.from(s, (character) => character.codePointAt(0) ?? 0);
}

function sliceText(characters: readonly number[], from: number | undefined, to: number | undefined): string {
  let s = "";
  for (let i = from ?? 0; i < (to ?? 0); i++) {
    s += String.fromCodePoint(characters[i] ?? 0);
  }
  return s;
}

/** What a match of the pattern is, as far as the pattern is known. */
function matchType(args: readonly Value[]): Type {
  if (typeof argument(args, 0).data !== "string") {
    return dynamicType;
  }
  const { groupNames } = prepareMatcher(args, 0);
  if (groupNames.length === 0) {
    return stringType;
  }
  const named = groupNames.filter((name) => name !== undefined);
  if (named.length === 0) {
    return tupleType(groupNames.map(() => stringType));
  }
  if (named.length === groupNames.length) {
    return objectType(named.map((name) => [name, stringType] as const));
  }
  throw new FunctionError("either all groups of a regular expression have a name or none has", 0);
}

function matchValue(match: Match, { groupNames }: Matcher, characters: readonly number[], type: Type): Value {
  if (type.kind === "string") {
    return stringValue(sliceText(characters, match[0], match[1]));
  }
  const groups = groupNames
    .map((_, i) => groupText(match, i + 1, characters))
    .map((s) => (s === undefined ? nullValue(stringType) : stringValue(s)));
  if (type.kind === "tuple") {
    return tupleValue(groups);
  }
  return objectValue(groupNames.map((name, i) => [name ?? "", groups[i] ?? nullValue(stringType)] as const));
}

function groupText(match: Match, group: number, characters: readonly number[]): string | undefined {
  const from = match[group * 2] ?? -1;
  const to = match[group * 2 + 1] ?? -1;
  return from < 0 || to < 0 ? undefined : sliceText(characters, from, to);
}

/** Matches that do not overlap; an empty one right after another does not count. */
function allMatches(matcher: Matcher, characters: readonly number[]): readonly Match[] {
  const found: Match[] = [];
  let before = -1;
  for (let at = 0; at <= characters.length; ) {
    const match = matcher.find(characters, at);
    if (match === undefined) {
      break;
    }
    const [start = 0, end = 0] = match;
    if (start < end || start !== before) {
      found.push(match);
    }
    before = end;
    at = Math.max(end, at + (end === at ? 1 : 0));
  }
  return found;
}

function replaceMatches(matcher: Matcher, characters: readonly number[], template: string): string {
  let result = "";
  let done = 0;
  for (const match of allMatches(matcher, characters)) {
    const [start = 0, end = 0] = match;
    result += sliceText(characters, done, start) + expandTemplate(template, match, matcher, characters);
    done = end;
  }
  return result + sliceText(characters, done, characters.length);
}

/** `$1`, `$name` (as long as it goes on with letters, digits and _), `${name}`, and `$$` for a dollar sign. */
function expandTemplate(
  template: string,
  match: Match,
  { groupNames }: Matcher,
  characters: readonly number[],
): string {
  return template.replace(
    /\$(?:(\$)|([\p{L}\p{Nd}_]+)|\{([\p{L}\p{Nd}_]+)\})/gu,
    (_, dollar?: string, bare?: string, braced?: string) => {
      if (dollar !== undefined) {
        return "$";
      }
      const name = bare ?? braced ?? "";
      if (/^\d+$/.test(name)) {
        return Number(name) === 0
          ? sliceText(characters, match[0], match[1])
          : (groupText(match, Number(name), characters) ?? "");
      }
      // Groups may share a name: the first of them that took part counts.
      const texts = groupNames.map((one, i) => (one === name ? groupText(match, i + 1, characters) : undefined));
      return texts.find((one) => one !== undefined) ?? "";
    },
  );
}
