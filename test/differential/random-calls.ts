// Writes calls of functions at random, with arguments that often fit and sometimes do not.
import type { Random } from "../spec/random.ts";

type Maker = (random: Random) => string;

/** Escapes of JSON that HCL does not know. */
const shortEscapes: Readonly<Record<string, string>> = { "\\b": "\b", "\\f": "\f" };

/** A text as a string of HCL. */
export function quoted(text: string): string {
  const escaped = JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029]|\\[bf]/g, (found) => {
    const character = shortEscapes[found] ?? found;
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return escaped.replaceAll("${", "$${").replaceAll("%{", "%%{");
}

function oneOf(...choices: readonly (string | Maker)[]): Maker {
  return (random) => {
    const choice = random.pick(choices, "null");
    return typeof choice === "string" ? choice : choice(random);
  };
}

function several(maker: Maker, most: number, least = 0): (random: Random) => string[] {
  return (random) => Array.from({ length: least + random.below(most - least + 1) }, () => maker(random));
}

const pieces = [
  ..."abcXYZ019 -_.,:/\\'\"<>&=+*?$%{}[]()~#@!|;^`\t\n",
  ..."éßÅñ日İΑΣ\u00a0\u0085\u2028\u2003",
  "e\u0301",
  "👍🏽",
  "🇩🇪",
  "👩‍👩‍👧‍👦",
  "\r\n",
  "foo",
  "Bar",
  "hello world",
  "  ",
];

const anyText: Maker = (random) =>
  quoted(Array.from({ length: random.below(9) }, () => random.pick(pieces, "a")).join(""));
const plainText = oneOf(
  '""',
  '"a"',
  '"b"',
  '"ab"',
  '"abc"',
  '"hello"',
  '"a,b,c"',
  '"foo bar"',
  '"A"',
  '"1"',
  '"true"',
  anyText,
);
const whole = oneOf("0", "1", "2", "3", "5", "8", "10", "-1", "-2", "-7", "100", '"4"');
const numeric = oneOf(
  whole,
  "0.5",
  "1.5",
  "-2.5",
  "3.14159",
  "1e3",
  "1e20",
  "12345678901234567890",
  "1e-9",
  "1/3",
  '"2.75"',
  "-0.0001",
  "1000000",
  "2.5e30",
);
const scalar = oneOf(plainText, numeric, "true", "false", whole);
const wrong = oneOf("null", "[]", "{}", "true", '"x"', "1.5", "[1]", "{a = 1}");
const listOf =
  (maker: Maker, most = 4): Maker =>
  (random) =>
    `[${several(maker, most)(random).join(", ")}]`;
const textList = oneOf(
  listOf(plainText),
  listOf(oneOf('"b"', '"a"', '"c"', '""')),
  (random) => `convert(${listOf(plainText)(random)}, set(string))`,
);
const mixedList: Maker = oneOf(
  listOf(scalar),
  listOf(plainText),
  listOf(whole),
  "[[1], [2, 3]]",
  '[{a = 1}, "x"]',
  "[null, 1]",
  textList,
);
const key = oneOf("a", "b", "c", '"x y"', '"é"', "zz", '"1"');
const objectOf =
  (maker: Maker, most = 4): Maker =>
  (random) =>
    `{${several((r) => `${key(r)} = ${maker(r)}`, most)(random).join(", ")}}`;
const anyObject = oneOf(
  objectOf(scalar),
  objectOf(plainText),
  objectOf(oneOf(scalar, mixedList)),
  (random) => `convert(${objectOf(plainText)(random)}, map(string))`,
);
const nested: Maker = oneOf(
  scalar,
  mixedList,
  anyObject,
  "null",
  (random) => `{a = ${mixedList(random)}, b = ${anyObject(random)}}`,
  (random) => `[${anyObject(random)}, ${mixedList(random)}]`,
);

const flag = oneOf("", "", "", "-", "+", "#", "0", " ", "0-", "+0", "- ");
const verb: Maker = (random) => {
  const width = oneOf("", "", "5", "10", "2")(random);
  const precision = oneOf("", "", "", ".0", ".2", ".5", ".")(random);
  const index = oneOf("", "", "", "", "[1]", "[2]")(random);
  return `%${flag(random)}${width}${precision}${index}${random.pick([..."vvvssdddqtxXobeEfgGz"], "v")}`;
};
const format: Maker = (random) => JSON.stringify(several(oneOf(verb, verb, "-", " é ", "%%"), 3, 1)(random).join("|"));

const atom = oneOf(
  "a",
  "b",
  "c",
  "x",
  "\\d",
  "\\w",
  "\\s",
  "\\S",
  "[ab]",
  "[^a]",
  "[a-c0-9]",
  "[[:alpha:]]",
  "[[:^digit:]x]",
  ".",
  "é",
  "\\pL",
  "\\p{Greek}",
  "\\PN",
  "\\.",
  "^",
  "$",
  "\\b",
  "\\B",
  "\\x61",
  "\\Q.*\\E",
  "\\A",
  "\\z",
  "[\\d-]",
  "[]a]",
  "{",
  "o",
);
const repeat = oneOf("", "", "", "*", "+", "?", "*?", "+?", "??", "{2}", "{1,}", "{0,2}", "{1,2}?", "{,2}");
const branch: Maker = (random) => several((r) => oneOf(atom, atom, atom, group)(r) + repeat(r), 3)(random).join("");
const group: Maker = (random) =>
  `${random.pick(["(", "(?:", "(?i:", "(?P<n>", "(", "(?s:"], "(")}${random.below(3) === 0 ? `${atom(random)}|${atom(random)}` : atom(random)})`;
const pattern: Maker = (random) => {
  const start = random.pick(["", "", "", "(?i)", "(?m)", "(?U)", "(?s)"], "");
  const broken =
    random.below(20) === 0
      ? random.pick(
          ["(", ")", "[", "\\", "(?=a)", "**", "\\1", "[b-a]", "(?P<x", "a{2,1}", "[[:foo:]]", "\\p{Foo}", "+"],
          "(",
        )
      : "";
  return quoted(`${start}${several(branch, 2, 1)(random).join("|")}${broken}`);
};
const haystack: Maker = (random) =>
  quoted(
    Array.from({ length: random.below(10) }, () => random.pick([..."aabbccxo.0 1AB\n_-é", "λ", "foo"], "a")).join(""),
  );
const replacement = oneOf('"<$0>"', '"$1"', '"x"', '""', '"$$"', '"$n"', quoted("${1}-${n}"), '"$1x"', '"[$2]"', '"$"');

const date: Maker = (random) => {
  const two = (from: number, below: number): string => String(from + random.below(below)).padStart(2, "0");
  const zone = random.pick(["Z", "Z", "+02:00", "-03:30", "+00:00", "+14:00", ""], "Z");
  const fraction = random.pick(["", "", ".5", ".123456789", ",25"], "");
  return JSON.stringify(
    `${random.pick(["1999", "2020", "2021", "2024", "0001", "9999"], "2020")}-${two(1, 13)}-${two(1, 31)}T${two(0, 25)}:${two(0, 60)}:${two(0, 60)}${fraction}${zone}`,
  );
};
const duration = oneOf(
  '"1h"',
  '"-1h30m"',
  '"0.5s"',
  '"24h"',
  '"1000h"',
  '"1h1m1s1ms1us1ns"',
  '"-1.5h"',
  '"10"',
  '"x"',
  '"+5m"',
  '"0"',
  '"9000000h"',
);
const dateTokens = [
  "YYYY",
  "YY",
  "MMMM",
  "MMM",
  "MM",
  "M",
  "DD",
  "D",
  "EEEE",
  "EEE",
  "hh",
  "h",
  "HH",
  "H",
  "AA",
  "aa",
  "mm",
  "m",
  "ss",
  "s",
  "ZZZZZ",
  "ZZZZ",
  "ZZZ",
  "Z",
  "-",
  ":",
  " ",
  "'T'",
  "''",
  "é",
];
// A text in quotes at the very end is dropped by Packer 1.6.6, so that something follows.
const dateFormat: Maker = (random) =>
  quoted(
    `${several((r) => r.pick(dateTokens, "-"), 6)(random).join("-")}${random.below(12) === 0 ? random.pick(["YYY", "x", "EE", "'", "hhh"], "x") : ""}.`,
  );

const base64 = oneOf('"aGVsbG8="', '"aGVsbG8"', '"w6k="', '"/w=="', '""', '"!!"', '"YQ==\\n"', '"YWI="');
const json = oneOf(
  ...[
    '{"a":1}',
    "[1,2.5,null,true]",
    '"x"',
    "{",
    "",
    "[1,]",
    '{"a":{"b":[]}}',
    "nul",
    "-0.5e3",
    '"\\u00e9\\n"',
    " 1 ",
    '{"a":1,"a":2}',
    "1 2",
    '{"é":"<"}',
    "01",
  ].map(quoted),
);
const csv = oneOf(
  ...[
    "a,b\n1,2",
    "a,b\n1,2\n3,4\n",
    'a\n"x,""y"\n',
    "a,b\n1",
    "",
    "a,a\n1,2",
    "a,b\r\n1,2\r\n",
    "a\n\n1\n",
    "x y,é\n ,\n",
    'a\nb"c',
    'a\n"b',
    'a\n"b"c',
  ].map(quoted),
);
const yamlScalars = [
  "1",
  "a",
  "true",
  "no",
  "~",
  "",
  "1.5",
  "0x1f",
  "017",
  "1e3",
  "1_000",
  "+1",
  "'q'",
  '"d\\n"',
  "2020-01-02",
  "2020-01-02T03:04:05+02:00",
  "on",
  "0b11",
  "-.5",
  "a b",
  ".inf",
  "12:30",
];
const yaml: Maker = (random) => {
  const one = (): string => random.pick(yamlScalars, "a");
  const shapes = [
    () => one(),
    () => `- ${one()}\n- ${one()}`,
    () => `a: ${one()}\nb: ${one()}`,
    () => `a:\n  - ${one()}\n  - b: ${one()}\nc: [${random.pick(["1", "x", "yes"], "1")}, {k: v}]`,
    () => `a: &x {p: 1}\nb:\n  <<: *x\n  q: ${one()}`,
    () => `a: |\n  l1\n  l2\nb: >-\n  f1\n  f2\n`,
    () =>
      random.pick(
        ["a: b: c", "[1", "*x", "a: 'x", "{a: 1, b}", "---\na", "- - 1\n  - 2", "!!str 1", "!foo 1", "? a\n: b", "# c"],
        "a",
      ),
  ];
  return quoted(random.pick(shapes, one)());
};
const cidr = oneOf(
  '"10.0.0.0/8"',
  '"192.168.1.0/24"',
  '"10.1.2.3/30"',
  '"0.0.0.0/0"',
  '"2001:db8::/32"',
  '"fd00:1:2:3::/56"',
  '"::/0"',
  '"10.0.0.0/33"',
  '"x"',
  '"10.0.0.0"',
  '"1.2.3.4/32"',
  '"fe80::1/128"',
);
const bits = oneOf("0", "1", "2", "4", "8", "16", "24");
const path = oneOf(
  '"a/b/c"',
  '"/x/y"',
  '""',
  '"."',
  '".."',
  '"a//b/"',
  '"~/x"',
  '"~"',
  '"/"',
  '"a/../b"',
  '"./a"',
  '"x.txt"',
  '"~user/x"',
  plainText,
);
const convertible = oneOf(
  "string",
  "number",
  "bool",
  "list(string)",
  "list(number)",
  "set(string)",
  "map(string)",
  "list(any)",
  "map(any)",
  "tuple([string, number])",
  "object({a = string})",
  "any",
);

/** By function: how its arguments are made. Those whose result changes from call to call, or that 1.6.6 lacks, are not here. */
const signatures: Readonly<Record<string, readonly Maker[] | ((random: Random) => string[])>> = {
  abs: [numeric],
  ceil: [numeric],
  floor: [numeric],
  signum: [numeric],
  log: [numeric, numeric],
  pow: [numeric, whole],
  max: several(numeric, 4),
  min: several(numeric, 4),
  parseint: [
    oneOf('"12"', '"-ff"', '"zZ"', '"1010"', '"+7"', '""', '"1_0"', plainText),
    oneOf("2", "8", "10", "16", "36", "62", "1", "63"),
  ],
  abspath: [path],
  basename: [path],
  dirname: [path],
  pathexpand: [path],
  chomp: [anyText],
  trimspace: [anyText],
  trim: [anyText, oneOf(plainText, '" "', '"é\\n"')],
  trimprefix: [plainText, plainText],
  trimsuffix: [plainText, plainText],
  upper: [anyText],
  lower: [anyText],
  title: [anyText],
  strrev: [anyText],
  substr: [anyText, whole, whole],
  indent: [oneOf("0", "2", '"3"'), anyText],
  replace: [anyText, oneOf('"a"', '""', '" "', plainText), oneOf('"-"', '"$1"', '""')],
  regex_replace: [haystack, pattern, replacement],
  split: [oneOf('","', '""', '" "', '"ab"', plainText), anyText],
  join: (random) => [
    oneOf('","', '""', plainText)(random),
    ...several(oneOf(textList, textList, mixedList), 3)(random),
  ],
  format: (random) => [format(random), ...several(oneOf(scalar, numeric, plainText, nested), 3)(random)],
  formatlist: (random) => [
    format(random),
    ...several(oneOf(scalar, mixedList, listOf(whole, 2), listOf(plainText, 2)), 3)(random),
  ],
  formatdate: [dateFormat, date],
  timeadd: [date, duration],
  chunklist: [mixedList, oneOf("0", "1", "2", "3", "-1")],
  coalesce: several(oneOf("null", '""', plainText, scalar), 4),
  coalescelist: several(oneOf("[]", mixedList), 3),
  compact: [oneOf(textList, mixedList)],
  concat: several(oneOf(mixedList, listOf(whole)), 3),
  contains: [oneOf(mixedList, listOf(whole)), scalar],
  distinct: [mixedList],
  element: [oneOf(mixedList, listOf(whole)), oneOf("0", "1", "2", "7", '"1"')],
  flatten: [oneOf(mixedList, (r) => `[${mixedList(r)}, [${mixedList(r)}], ${scalar(r)}]`)],
  keys: [anyObject],
  values: [anyObject],
  length: [nested],
  lookup: [anyObject, oneOf('"a"', '"b"', '"q"'), scalar],
  merge: several(oneOf(anyObject, "null"), 3),
  range: several(oneOf(whole, "0.5", "-0.25"), 3),
  reverse: [mixedList],
  setintersection: (random) => several(mixedList, 3, 1)(random),
  setunion: (random) => several(mixedList, 3, 1)(random),
  setproduct: several(mixedList, 3),
  slice: [mixedList, oneOf("0", "1", "2"), oneOf("0", "1", "2", "3")],
  sort: [oneOf(textList, mixedList)],
  zipmap: [oneOf(textList, '["a", "b"]'), oneOf(mixedList, "[1, 2]", '["x", 2]')],
  cidrhost: [cidr, oneOf(whole, "-5", "255", "65536")],
  cidrnetmask: [cidr],
  cidrsubnet: [cidr, bits, oneOf("0", "1", "2", "3", "200")],
  cidrsubnets: (random) => [cidr(random), ...several(bits, 4)(random)],
  base64encode: [anyText],
  base64decode: [base64],
  urlencode: [anyText],
  md5: [anyText],
  sha1: [anyText],
  sha256: [anyText],
  sha512: [anyText],
  uuidv5: [oneOf('"dns"', '"url"', '"oid"', '"x500"', '"6ba7b810-9dad-11d1-80b4-00c04fd430c8"', '"nope"'), anyText],
  jsonencode: [nested],
  jsondecode: [json],
  csvdecode: [csv],
  yamlencode: [nested],
  yamldecode: [yaml],
  can: [oneOf(nested, "upper([])", "nope", "1 + 1", '1 + "x"')],
  try: several(oneOf(nested, "nope", '1 + "x"', "{}.a"), 3),
  convert: [nested, convertible],
};

/** The names of the functions that calls are made of. */
export const calledFunctions: readonly string[] = Object.keys(signatures);

/** A call of one of the functions, or of a given one. */
export function randomCall(random: Random, name = random.pick(calledFunctions, "abs")): string {
  const signature = signatures[name] ?? [];
  const args = typeof signature === "function" ? signature(random) : signature.map((maker) => maker(random));
  // Now and then an argument of some other kind.
  if (args.length > 0 && random.below(15) === 0 && name !== "convert") {
    args[random.below(args.length)] = wrong(random);
  }
  return `${name}(${args.join(", ")})`;
}
